"""A producer and a consumer group as a customer would write them, with redis-py and nothing else.

usage: producer_consumer.py SOCKET TOKEN...

Connects one resource per token, syncs each, disconnects each, and reads the results with a consumer group of two
consumers that acknowledge what they read. Prints "all jobs ended once" if every job has exactly one entry and
succeeded, and the mirror held the events between connect and disconnect.
"""
import json
import sys
import time

import redis

TYPES = {"connect": "connect.succeeded", "sync": "sync.succeeded", "disconnect": "disconnect.succeeded"}


def main():
    socket, tokens = sys.argv[1], sys.argv[2:]
    client = redis.Redis(unix_socket_path=socket, decode_responses=True)
    client.xgroup_create("outlook:results", "sched", id="0", mkstream=True)
    ended = {}

    def consume(wanted):
        deadline = time.monotonic() + 30
        turn = 0
        while not wanted <= ended.keys():
            assert time.monotonic() < deadline, f"no result for {wanted - ended.keys()}"
            turn += 1
            name = f"consumer-{turn % 2}"
            for _, entries in client.xreadgroup("sched", name, {"outlook:results": ">"}, count=10, block=500) or []:
                for entry_id, fields in entries:
                    assert fields["job_id"] not in ended, f"two entries for {fields['job_id']}"
                    ended[fields["job_id"]] = fields
                    client.xack("outlook:results", "sched", entry_id)

    def push(kind, number, **fields):
        job = {"kind": kind, "tenant_id": "acme", "resource_id": f"room-{number}", "id": f"{kind}-{number}", **fields}
        client.lpush("outlook:jobs", json.dumps(job))
        return job["id"]

    for kind in TYPES:
        extra = [{"oauth_token": token} if kind == "connect" else {} for token in tokens]
        wanted = {push(kind, number, **fields) for number, fields in enumerate(extra)}
        consume(wanted)
        for job in wanted:
            assert ended[job]["type"] == TYPES[kind], ended[job]
        for number in range(len(tokens)):
            titles = [json.loads(text)["title"] for text in client.hvals(f"outlook:events:acme:room-{number}")]
            assert titles == ([] if kind == "disconnect" else ["Seen by Python"]), titles

    assert client.xpending("outlook:results", "sched")["pending"] == 0
    assert client.xlen("outlook:results") == len(ended) == 3 * len(tokens)
    print("all jobs ended once")


main()
