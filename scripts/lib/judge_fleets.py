#!/usr/bin/env python3
"""judge_fleets.py PROGRAM: holds what fleets of the system tests read and wrote against the schemas that PROGRAM ships

One fleet a line on standard input, {"socket": path of its Redis, "namespace": name, "payloads": [[list, text], ...]};
one line of JSON for each on standard output, {"checked": how many, "faults": [text, ...]}. One process for all fleets,
with a validator that isn't ours and is fast (the Python package jsonschema_rs), so that every test can afford it.

What is held against its schema: every entry of both streams, every event of every mirror, and every payload that a
worker took for a job. What a worker refused must not fit, but there the schema may be more lenient than the scanner: it
isn't judged. Members that the schemas don't name count as faults in what the fleet wrote, not in what producers wrote.
"""
import json
import subprocess
import sys

import jsonschema_rs

import redis_client
from validate_entries import closed, value


def text(raw):
    return raw.decode(errors="replace")


class Schemas:
    """Validators by name, made when first needed."""

    def __init__(self, program):
        said = subprocess.run([program, "schema", "all"], check=True, capture_output=True, text=True).stdout
        self.open, self.closed = json.loads(said), closed(json.loads(said))
        self.made = {}

    def faults(self, name, instance, where, strict=True):
        if name not in self.open["$defs"]:
            return [f"{where}: no schema is named {name}"]
        key = (name, strict)
        if key not in self.made:
            document = self.closed if strict else self.open
            self.made[key] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"#/$defs/{name}", "$defs": document["$defs"]})
        return [f"{where} ({name}): {error.message[:200]}" for error in self.made[key].iter_errors(instance)]


def entries(redis, key):
    """The stream's entries in pieces: a test may have written a hundred thousand."""
    start = "-"
    while True:
        try:
            piece = redis.call("XRANGE", key, start, "+", "COUNT", 2000)
        except redis_client.RedisError as error:
            # Tests of trouble put keys of other types there.
            if str(error).startswith("WRONGTYPE"):
                return
            raise
        for number, pairs in piece:
            fields = [text(part) for part in pairs]
            yield text(number), dict(zip(fields[::2], fields[1::2]))
        if len(piece) < 2000:
            return
        start = "(" + text(piece[-1][0])


def events(redis, namespace):
    cursor = b"0"
    while True:
        cursor, keys = redis.call("SCAN", cursor, "MATCH", f"{namespace}:events:*", "COUNT", 1000, "TYPE", "hash")
        for key in keys:
            for event in redis.call("HVALS", key):
                yield text(key), json.loads(event)
        if cursor == b"0":
            return


def taken(payloads, refused, warned):
    """Of the payloads those that became jobs: neither refused, nor with a warning about what was left aside."""
    for key, raw in payloads:
        try:
            payload = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        name = payload.get("id") if isinstance(payload, dict) else None
        if name and name not in refused and name not in warned:
            kind = key.rsplit(":", 1)[-1]
            yield payload if kind == "jobs" else {"kind": kind} | payload


def judge(schemas, fleet):
    redis = redis_client.Redis(fleet["socket"], timeout=10)
    namespace = fleet["namespace"]
    found, checked, refused, warned, ended = [], 0, set(), set(), set()
    for stream in ("results", "changes"):
        for number, fields in entries(redis, f"{namespace}:{stream}"):
            entry = {name: value(name, content) for name, content in fields.items()}
            found += schemas.faults(entry.get("type", "?"), entry, f"{stream} {number}")
            checked += 1
            if stream == "changes":
                continue
            ended.add(entry.get("job_id"))
            if entry.get("type") == "job.rejected":
                refused.add(entry.get("job_id"))
            if entry.get("data", {}).get("warnings"):
                warned.add(entry.get("job_id"))
    for key, event in events(redis, namespace):
        found += schemas.faults("event", event, key)
        checked += 1
    for payload in taken(fleet["payloads"], refused, warned):
        # What no worker has looked at yet is nobody's word.
        if payload["id"] in ended:
            found += schemas.faults("job", payload, f"payload {payload['id']}", strict=False)
            checked += 1
    return checked, found


def main():
    schemas = Schemas(sys.argv[1])
    for line in sys.stdin:
        try:
            checked, found = judge(schemas, json.loads(line))
            answer = {"checked": checked, "faults": found[:20]}
        except (OSError, redis_client.RedisError) as error:
            # A test may end with its Redis dead, or locked.
            answer = {"checked": 0, "faults": [], "unread": str(error)}
        except Exception as error:  # Whatever else is a fault of what was read, and must not end the process.
            answer = {"checked": 0, "faults": [f"{type(error).__name__}: {error}"]}
        print(json.dumps(answer), flush=True)


main()
