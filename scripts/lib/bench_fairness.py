"""The measuring part of `scripts/bench fairness`: a quiet tenant's jobs beside loud and beside hanging tenants."""

import argparse
import json
import subprocess
import sys
import time
from datetime import datetime

from redis_client import Redis
from soak_world import CLIENT, Graph

RESULTS = "outlook:results"


def start_worker(options):
    command = [
        options.program, "worker", "--redis", "unix://" + options.socket, "--sealing-keys-file",
        options.place + "/sealing.keys", "--graph-url", options.graph + "/v1.0", "--login-url", options.graph,
        "--client-id", CLIENT, "--client-secret-file", options.place + "/client.secret", "--metrics-listen", "off",
        "--request-timeout", "40s", "--tenant-rate", "1000000/60s", "--log-level", "warning",
    ]
    with open(options.place + "/worker.log", "ab") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def stop(worker):
    worker.kill()
    worker.wait()


class Watcher:
    """The results from now on."""

    def __init__(self, redis):
        self.redis = redis
        last = redis.call("XREVRANGE", RESULTS, "+", "-", "COUNT", "1")
        self.last = last[0][0] if last else b"0-0"

    def until(self, ids, limit=60):
        """The entries of these jobs."""
        found, end = {}, time.monotonic() + limit
        while not ids <= found.keys():
            if time.monotonic() > end:
                sys.exit(f"no result within {limit} s: {sorted(ids - found.keys())[:3]}")
            for _, entries in self.redis.call("XREAD", "BLOCK", "1000", "STREAMS", RESULTS, self.last) or []:
                for self.last, fields in entries:
                    entry = dict(zip(fields[::2], fields[1::2]))
                    found[entry.get(b"job_id", b"").decode()] = entry
        return found


def connect(redis, graph, tenants, resources):
    """Connects `resources` resources of each tenant, each with a mailbox of its own."""
    watcher, ids = Watcher(redis), set()
    for tenant in tenants:
        for number in range(resources):
            address = f"{tenant}-{number}@bench.example"
            graph.control("POST", "mailboxes", {"address": address, "timeZone": "UTC"})
            tokens = graph.control("POST", "tokens", {"mailbox": address, "app": CLIENT})
            job = f"connect-{tenant}-{number}"
            redis.call("LPUSH", "outlook:jobs", json.dumps({
                "id": job, "kind": "connect", "tenant_id": tenant, "resource_id": f"r{number}",
                "oauth_token": {key: tokens[key] for key in ("access_token", "refresh_token")} | {"expires_in": 3600},
                "settings": {"frequency": "manual"}}))
            ids.add(job)
    for job, entry in watcher.until(ids).items():
        if entry[b"type"] != b"connect.succeeded" and job in ids:
            sys.exit(f"{job}: {entry}")


def pile_up(redis, tenants, resources, jobs):
    """So many syncs that don't ride along with each other, over all resources; waits until they are taken in."""
    stem = '{"kind":"sync","tenant_id":"%s","resource_id":"r%d","bookings":[{"booking_id":"x","op":"cancel"}]}'
    for start in range(0, jobs, 5000):
        redis.pipeline(
            ("LPUSH", "outlook:jobs", stem % (tenants[number % len(tenants)], number // len(tenants) % resources))
            for number in range(start, min(start + 5000, jobs)))
    while redis.call("LLEN", "outlook:jobs"):
        time.sleep(0.05)


def quiet(redis, count, prefix):
    """Milliseconds from before each push, by the producer's clock, to its start."""
    times = []
    for number in range(count):
        watcher, job = Watcher(redis), f"{prefix}-{number}"
        pushed = time.time()
        redis.call("LPUSH", "outlook:jobs", json.dumps(
            {"id": job, "kind": "sync", "tenant_id": "quiet", "resource_id": f"q{number}"}))
        started = watcher.until({job})[job][b"started_at"].decode()
        times.append((datetime.fromisoformat(started.replace("Z", "+00:00")).timestamp() - pushed) * 1000)
        time.sleep(0.01)
    times.sort()
    return {
        f"{prefix}: p50 ms": round(times[len(times) // 2], 2),
        f"{prefix}: p95 ms": round(times[len(times) * 95 // 100], 2),
        f"{prefix}: worst ms": round(times[-1], 2),
    }


def waiting(redis):
    behind = sum(int(count) for count in redis.call("HVALS", "outlook:more"))
    return behind + redis.call("HLEN", "outlook:head")


def main():
    parser = argparse.ArgumentParser()
    for name in ("socket", "program", "graph", "place"):
        parser.add_argument("--" + name, required=True)
    for name, default in (("jobs", 100_000), ("pushes", 200)):
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    redis, graph, figures = Redis(options.socket), Graph(options.graph), {}

    worker = start_worker(options)
    figures |= quiet(redis, options.pushes, "alone")
    connect(redis, graph, ["loud"], 64)
    graph.control("POST", "faults", {"path": "^/v1.0/", "do": {"delayAfter": 200}})
    pile_up(redis, ["loud"], 64, options.jobs)
    figures["beside one loud tenant: its waiting jobs"] = waiting(redis)
    figures |= quiet(redis, options.pushes, "beside one loud tenant")
    figures["beside one loud tenant: waiting at the end"] = waiting(redis)
    stop(worker)

    redis.call("FLUSHALL")
    graph.control("DELETE", "faults")
    worker = start_worker(options)
    tenants = [f"slow{number}" for number in range(10)]
    connect(redis, graph, tenants, 26)
    graph.control("POST", "faults", {"path": "^/v1.0/", "do": {"delayAfter": 30_000}})
    pile_up(redis, tenants, 26, options.jobs)
    time.sleep(2)
    figures["beside ten hanging tenants: jobs that hang"] = sum(
        redis.call("HLEN", "outlook:w:" + owner.decode()) for owner in redis.call("ZRANGE", "outlook:owners", 0, -1))
    figures |= quiet(redis, options.pushes, "beside ten hanging tenants")
    stop(worker)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
