"""A producer and a consumer with redis-py (pip install redis).

    python3 scripts/examples/python.py RESOURCE     # pushes a sync of it, prints its result and what changed

REDIS_URL (redis://127.0.0.1:6379/0) and TENANT (acme) say where and whose.
"""
import json
import os
import sys
import uuid

import redis

client = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"), decode_responses=True)
tenant = os.environ.get("TENANT", "acme")


def last(stream):
    """Where a stream ends now: what comes after it is news."""
    entries = client.xrevrange(stream, count=1)
    return entries[0][0] if entries else "0-0"


def produce(resource):
    """Pushes a sync; a second payload with the same id would not run."""
    job = str(uuid.uuid4())
    payload = {"kind": "sync", "id": job, "tenant_id": tenant, "resource_id": resource}
    client.lpush("outlook:jobs", json.dumps(payload))
    return job


def consume(streams, done):
    """Reads both streams until done(entry) is true. Keep the position of each: start again from it after a crash."""
    while True:
        for stream, entries in client.xread(streams, count=100, block=5000):
            for entry, fields in entries:
                streams[stream] = entry
                print(stream, fields["type"], fields.get("resource_id", ""), fields["data"])
                if done(fields):
                    return


if __name__ == "__main__":
    positions = {name: last(name) for name in ("outlook:changes", "outlook:results")}
    pushed = produce(sys.argv[1])
    consume(positions, lambda fields: fields["type"] != "job.duplicate" and fields.get("job_id") == pushed
            and not fields["type"].startswith(("event.", "booking.", "calendar.")))
