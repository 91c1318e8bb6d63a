"""The measuring part of `scripts/bench claims`: the queue's own scripts against waiting lanes. See there."""

import argparse
import json
import pathlib
import re
import statistics

from redis_client import Redis

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "Sources/FleetStore/Scripts"
QUEUE = ["fence", "head", "more", "tick", "due", "owners", "conn", "results", "changes", "dead", "wake", "held", "debt",
         "mixed", "void", "ring:h", "ring:n", "ring:l"]
INTAKE = QUEUE + ["intake", "items", "iddays", "taken:connect", "jobs:connect", "taken", "jobs", "taken:sync",
                  "jobs:sync", "taken:disconnect", "jobs:disconnect"]


def text(name):
    """A script with what it includes, as ScriptLoader.swift puts it together."""
    done = set()

    def lines(path):
        for line in path.read_text().split("\n"):
            match = re.fullmatch(r'-- @include "(\w+)"', line)
            if not match:
                yield line
            elif match[1] not in done:
                done.add(match[1])
                yield from lines(SCRIPTS / "includes" / (match[1] + ".lua"))

    return "\n".join(lines(SCRIPTS / (name + ".lua")))


class Queue:
    """A namespace of its own, and the scripts by their digests."""

    def __init__(self, redis):
        self.redis = redis
        names = ["registerOwner", "takePayloads", "storeJobs", "claim", "handBack"]
        self.digests = {name: redis.call("SCRIPT", "LOAD", text(name)) for name in names}
        self.calls = 0
        self.run("registerOwner", QUEUE, "bench", 100_000_000, "")

    def command(self, name, keys, *arguments):
        return ("EVALSHA", self.digests[name], len(keys), *("bench:" + key for key in keys), "bench:", *arguments)

    def run(self, name, keys, *arguments):
        return self.redis.call(*self.command(name, keys, *arguments))

    def fill(self, lanes, tenants, payload_bytes):
        """One waiting job in each lane, as intake stores it; returns the bytes of a payload."""
        stem = '{"kind":"sync","tenant_id":"tenant-%d","resource_id":"resource-%d","x":"'
        size = 0
        for start in range(0, lanes, 256):
            decisions = []
            for number in range(start, min(start + 256, lanes)):
                tenant = number % tenants
                head = stem % (tenant, number)
                payload = head + "p" * max(0, payload_bytes - len(head) - 2) + '"}'
                size = len(payload)
                record = "1srnp-" + "0" * 9 + "1700000000000" + "0" * 26 + f"j-{number}\n\n\n\n" + payload
                decisions += ["J", f"tenant-{tenant}:resource-{number}", "", record]
            self.redis.call("LPUSH", "bench:jobs", "x")
            taken = self.run("takePayloads", INTAKE, "bench", 1, 100_000, 1 << 20)
            number = taken[1].decode() if isinstance(taken[1], bytes) else str(taken[1])
            self.run("storeJobs", INTAKE, "bench", number, 86400, 1000, 0, "{}", "{}", 0, 0, 1 << 20,
                     len(decisions) // 4, *decisions)
        return size

    def claim(self, limit, per_tenant):
        self.calls += 1
        claimed = self.run("claim", QUEUE, "bench", self.calls, "0", limit, per_tenant, 0, 0)[1]
        pairs = []
        for index in range(2, len(claimed), 4):
            pairs += [claimed[index], claimed[0]]
        return pairs

    def hand_back(self, pairs):
        self.run("handBack", QUEUE, "bench", "0", *pairs)


def usec(redis):
    stats = redis.info("commandstats")["cmdstat_evalsha"]
    return int(dict(part.split("=") for part in stats.split(","))["usec"])


def measure(queue, limit, rounds):
    """Microseconds of Redis's script time for one claim of `limit` jobs, and for each of its jobs."""
    times, jobs = [], 0
    for _ in range(rounds):
        before = usec(queue.redis)
        pairs = queue.claim(limit, limit)
        times.append(usec(queue.redis) - before)
        jobs = len(pairs) // 2
        queue.hand_back(pairs)
    return statistics.median(times), jobs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--lanes", default="10,10000,1000000")
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--payload", type=int, default=130)
    options = parser.parse_args()
    redis = Redis(options.socket)
    figures = {}
    for lanes in map(int, options.lanes.split(",")):
        redis.call("FLUSHALL")
        redis.call("SCRIPT", "FLUSH")
        queue = Queue(redis)
        before = int(redis.info("memory")["used_memory"])
        size = queue.fill(lanes, min(options.tenants, lanes), options.payload)
        memory = (int(redis.info("memory")["used_memory"]) - before) / lanes
        for limit in (1, 64):
            cost, jobs = measure(queue, limit, 300)
            figures[f"{lanes} lanes, claim of {limit}: us"] = cost
            figures[f"{lanes} lanes, claim of {limit}: jobs"] = jobs
        if lanes >= 1000:  # below, what scripts and an empty Redis take outweighs the jobs
            figures[f"{lanes} lanes: bytes a waiting job"] = round(memory)
            figures[f"{lanes} lanes: bytes allowed (2 payloads + 300)"] = 2 * size + 300
    print(json.dumps(figures))


main()
