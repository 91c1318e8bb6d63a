#!/usr/bin/env python3
"""Reads outlook:results as a member of a consumer group and keeps each job's result in a SQLite file.

    pip install redis
    scripts/examples/consume_results.py --redis redis://127.0.0.1:6379/0 --group billing --database results.db

What a consumer must do, and where it is done here:

 1. make the group once, at a defined entry: `0` reads what the stream still holds, `$` only what comes (make_group)
 2. after a start, deal with what it was given before and hadn't acknowledged (own_pending)
 3. now and then, take over what dead consumers of the group left lying (abandoned)
 4. store, then acknowledge: whoever dies in between is given the entry again (handle)
 5. so, drop repeats: by (tenant_id, job_id), and keep the entry with the highest fence (store)
 6. an entry that was trimmed while it was pending has no fields: acknowledge it, nothing else can be done (handle)

Run as many as you like with the same --group and different --consumer names.
"""
import argparse
import json
import socket
import sqlite3
import sys

import redis

BATCH = 200


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0", help="URL (default: %(default)s)")
    parser.add_argument("--stream", default="outlook:results", help="key (default: %(default)s)")
    parser.add_argument("--group", required=True, help="name of the consumer group")
    parser.add_argument("--consumer", default=socket.gethostname(), help="this consumer (default: the host's name)")
    parser.add_argument("--database", required=True, help="SQLite file that results are kept in")
    parser.add_argument("--idle", type=int, default=300_000, help="ms until another's entries are taken over")
    parser.add_argument("--once", action="store_true", help="end when there is nothing more")
    return parser.parse_args()


def open_database(path):
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE IF NOT EXISTS results (tenant_id TEXT, job_id TEXT, fence INTEGER, type TEXT, entry TEXT,"
        " PRIMARY KEY (tenant_id, job_id))")
    return database


def store(database, fields):
    """Of entries with the same tenant and job the one with the highest fence stays, in whatever order they come. A
    job.duplicate says that a payload was pushed again: it is no result of the job, and must not replace it."""
    if fields["type"] == "job.duplicate":
        return
    database.execute(
        "INSERT INTO results VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET fence = excluded.fence, type = excluded.type, entry = excluded.entry WHERE excluded.fence > fence",
        (fields.get("tenant_id", ""), fields["job_id"], int(fields.get("fence", 0)), fields["type"],
         json.dumps(fields)))


def make_group(client, options):
    try:
        client.xgroup_create(options.stream, options.group, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


def entries_of(reply):
    """The entries of one stream: redis-py's answer is a list in RESP2 and a dictionary in RESP3."""
    if not reply:
        return []
    entries = next(iter(reply.values())) if isinstance(reply, dict) else reply[0][1]
    return entries[0] if entries and isinstance(entries[0], list) else entries


def handle(client, options, database, entries):
    for _, fields in entries:
        if fields:
            store(database, fields)
    database.commit()
    if entries:
        client.xack(options.stream, options.group, *[entry for entry, _ in entries])


def own_pending(client, options, database):
    position = "0"
    while True:
        reply = client.xreadgroup(options.group, options.consumer, {options.stream: position}, count=BATCH)
        entries = entries_of(reply)
        if not entries:
            return
        handle(client, options, database, entries)
        position = entries[-1][0]


def abandoned(client, options, database):
    position = "0-0"
    while True:
        position, entries, *_ = client.xautoclaim(
            options.stream, options.group, options.consumer, options.idle, start_id=position, count=BATCH)
        handle(client, options, database, entries)
        if position in ("0-0", b"0-0"):
            return


def main():
    options = arguments()
    client = redis.from_url(options.redis, decode_responses=True)
    database = open_database(options.database)
    make_group(client, options)
    own_pending(client, options, database)
    while True:
        abandoned(client, options, database)
        reply = client.xreadgroup(
            options.group, options.consumer, {options.stream: ">"}, count=BATCH, block=1 if options.once else 5000)
        entries = entries_of(reply)
        handle(client, options, database, entries)
        if not entries and options.once:
            return 0


if __name__ == "__main__":
    sys.exit(main())
