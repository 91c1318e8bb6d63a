"""The measuring part of `scripts/bench large`: small connections that sync steadily, with and without a large one."""

import argparse
import json
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone

from bench_fairness import Watcher, connect, start_worker, stop
from redis_client import Redis
from soak_world import CLIENT, Graph, iso

TENANT, RESOURCE, ADDRESS = "large", "r0", "large@bench.example"


def memory(worker, name):
    """Of the worker, in MB."""
    with open(f"/proc/{worker.pid}/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(name + ":"))


def fill(graph, events, guests, bodies):
    """A calendar of `events` events, some of them with 500 attendees, some with a body of 2 MB."""
    graph.control("POST", "mailboxes", {"address": ADDRESS, "timeZone": "UTC"})
    start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=20)
    for more in (
        {"count": events - guests - bodies, "bodyBytes": 500}, {"count": guests, "attendees": 500, "prefix": "Crowd"},
        {"count": bodies, "bodyBytes": 2_000_000, "prefix": "Novel"},
    ):
        graph.control(
            "POST", f"mailboxes/{ADDRESS}/calendars/default/seed", {"from": iso(start), "days": 370} | more)


class Steady:
    """Syncs of the small connections at an even pace, and beside them jobs of the large one, one after the other."""

    def __init__(self, redis, graph, others, pace):
        self.redis, self.graph, self.others, self.pace = redis, graph, others, pace
        self.number = 0
        self.large_seconds = []

    def run(self, seconds, large):
        """The milliseconds that each took, from its push by the producer's clock to its result's time."""
        watcher, pushed, times = Watcher(self.redis), {}, []
        end = time.monotonic() + seconds
        turn = time.monotonic()
        running = None
        while turn < end or pushed or running:
            if large and running is None and turn < end:
                running = self.push_large(large)
            now = time.monotonic()
            if turn < end and now >= turn:
                turn += self.pace
                self.push(pushed)
                continue
            for entry in self.read(watcher, turn - now if turn < end else 1):
                job = entry[b"job_id"].decode()
                if not entry[b"type"].endswith(b".succeeded"):
                    sys.exit(f"{job}: {entry}")
                if job in pushed:
                    times.append((self.time(entry, b"finished_at") - pushed.pop(job)) * 1000)
                elif job == running:
                    self.large_seconds.append(self.time(entry, b"finished_at") - self.time(entry, b"started_at"))
                    running = None
            if time.monotonic() > end + 120:
                sys.exit(f"no result: {list(pushed)[:3]} {running}")
        return sorted(times)

    def push(self, pushed):
        """A sync of the next one; in every fourth something has changed."""
        self.number += 1
        other = self.number % self.others
        if self.number // self.others % 4 == 0:
            address = f"small-{other}@bench.example"
            self.graph.control(
                "POST", f"mailboxes/{address}/calendars/default/seed", {"count": 1, "days": 30, "prefix": "New"})
        job = f"small-{self.number}"
        pushed[job] = time.time()
        self.redis.call("LPUSH", "outlook:jobs", json.dumps(
            {"id": job, "kind": "sync", "tenant_id": "small", "resource_id": f"r{other}"}))

    def push_large(self, payload):
        self.number += 1
        job = f"large-{self.number}"
        self.redis.call("LPUSH", "outlook:jobs", json.dumps(payload | {"id": job}))
        return job

    def read(self, watcher, seconds):
        reply = self.redis.call(
            "XREAD", "BLOCK", str(max(1, int(seconds * 1000))), "STREAMS", "outlook:results", watcher.last)
        for _, entries in reply or []:
            for watcher.last, fields in entries:
                yield dict(zip(fields[::2], fields[1::2]))

    @staticmethod
    def time(entry, name):
        return datetime.fromisoformat(entry[name].decode().replace("Z", "+00:00")).timestamp()


def percentile(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


def main():
    parser = argparse.ArgumentParser()
    for name in ("socket", "program", "graph", "place"):
        parser.add_argument("--" + name, required=True)
    for name, default in (
        ("events", 10_000), ("guests", 80), ("bodies", 20), ("others", 16), ("rate", 40), ("seconds", 15),
        ("repeats", 3), ("latency", 20),
    ):
        parser.add_argument("--" + name, type=int, default=default)
    options = parser.parse_args()
    redis, graph = Redis(options.socket), Graph(options.graph)
    worker = start_worker(options)
    connect(redis, graph, ["small"], options.others)
    fill(graph, options.events, options.guests, options.bodies)
    tokens = graph.control("POST", "tokens", {"mailbox": ADDRESS, "app": CLIENT})
    graph.control("PATCH", "settings", {"latency": options.latency})
    steady = Steady(redis, graph, options.others, 1 / options.rate)
    steady.run(5, None)
    before = memory(worker, "VmHWM")
    payload = {
        "kind": "connect", "tenant_id": TENANT, "resource_id": RESOURCE, "settings": {"frequency": "manual"},
        "oauth_token": {key: tokens[key] for key in ("access_token", "refresh_token")} | {"expires_in": 3600},
    }
    sync = {"kind": "sync", "tenant_id": TENANT, "resource_id": RESOURCE, "full": True}
    first = Steady(redis, graph, options.others, 1 / options.rate)
    first.number = 10_000_000
    first.run(1, payload)
    rounds = []
    for _ in range(options.repeats):
        without = steady.run(options.seconds, None)
        beside = steady.run(options.seconds, sync)
        rounds.append({
            "p50 without": percentile(without, 0.5), "p50 beside": percentile(beside, 0.5),
            "p95 without": percentile(without, 0.95), "p95 beside": percentile(beside, 0.95),
            "p99 without": percentile(without, 0.99), "p99 beside": percentile(beside, 0.99),
            "p95 ratio": percentile(beside, 0.95) / percentile(without, 0.95),
        })
    figures = {
        "worker's peak before, MB": round(before, 1),
        "worker's peak after, MB": round(memory(worker, "VmHWM"), 1),
        "first sync of the large one, s": round(first.large_seconds[0], 2),
        "full sync of the large one, s": round(statistics.median(steady.large_seconds), 2),
        "full syncs of the large one": len(steady.large_seconds),
    }
    for name in rounds[0]:
        figures[f"{name}: ms" if "ratio" not in name else name] = round(statistics.median(r[name] for r in rounds), 2)
    figures["p95 ratios"] = " ".join(f"{r['p95 ratio']:.2f}" for r in rounds)
    stop(worker)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
