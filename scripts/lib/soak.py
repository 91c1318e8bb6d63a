"""The deeds of `scripts/soak`. What is judged at the end is in soak_judge.py."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

from redis_client import Redis
from soak_judge import judge
from soak_world import Graph, Mailbox, iso

CLIENT = "6f1f4bd2-3c5a-4f7e-9d1b-0a5c8e7d2f31"
LEASE = 5


class Fleet:
    """The workers, and what happens to them."""

    def __init__(self, options):
        self.options = options
        self.workers = {}
        self.started = 0
        self.killed = 0
        self.frozen = 0

    def start(self):
        options, number = self.options, self.started
        self.started += 1
        command = [
            options.programs + "/outlook-fleet", "worker", "--redis", "unix://" + options.socket,
            "--sealing-keys-file", options.place + "/sealing.keys", "--graph-url", options.graph + "/v1.0",
            "--login-url", options.graph, "--client-id", CLIENT, "--client-secret-file",
            options.place + "/client.secret", "--metrics-listen", "off", "--lease", f"{LEASE}s", "--backoff", "200ms",
            "--backoff-cap", "2s", "--request-timeout", "2s", "--max-attempts", "100", "--max-crashes", "100",
        ]
        log = open(f"{options.place}/worker-{number}.log", "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.workers[number] = process

    def crash(self, chance):
        number = chance.choice(sorted(self.workers))
        self.workers.pop(number).kill()
        self.killed += 1
        self.start()

    def freeze(self, chance):
        """Past its lease; it wakes to find its jobs elsewhere."""
        process = self.workers[chance.choice(sorted(self.workers))]
        process.send_signal(signal.SIGSTOP)
        self.frozen += 1
        timer = threading.Timer(LEASE + 2, lambda: process.poll() is None and process.send_signal(signal.SIGCONT))
        timer.daemon = True
        timer.start()

    def wake(self):
        for process in self.workers.values():
            process.send_signal(signal.SIGCONT)

    def died(self):
        """Workers that ended although nobody killed them."""
        return [number for number, process in self.workers.items() if process.poll() is not None]

    def stop(self):
        for process in self.workers.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.workers.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


class Producer:
    """Pushes payloads and remembers them."""

    def __init__(self, redis):
        self.redis = redis
        self.pushed = {}
        self.number = 0

    def push(self, kind, mailbox, **more):
        self.number += 1
        job = f"{kind}-{self.number}"
        payload = {"kind": kind, "id": job, "tenant_id": mailbox.tenant, "resource_id": mailbox.resource, **more}
        self.pushed[(mailbox.tenant, job)] = payload
        self.redis.call("LPUSH", "outlook:jobs", json.dumps(payload))
        return job

    def results(self):
        """Terminal entries by (tenant, job id)."""
        found = {}
        for name, fields in self.redis.call("XRANGE", "outlook:results", "-", "+"):
            entry = dict(zip(map(bytes.decode, fields[::2]), map(bytes.decode, fields[1::2])))
            entry["entry"] = tuple(map(int, name.decode().split("-")))
            found.setdefault((entry["tenant_id"], entry["job_id"]), []).append(entry)
        return found

    def wait(self, seconds):
        """Until everything pushed has an entry; what has none after that long."""
        end = time.monotonic() + seconds
        while True:
            missing = self.pushed.keys() - self.results().keys()
            if not missing or time.monotonic() > end:
                return missing
            time.sleep(0.3)


def fault(chance, graph):
    """One piece of trouble at Graph."""
    effect = chance.choice([
        {"status": 503, "code": "serviceNotAvailable"}, {"status": 500, "code": "internalServerError"},
        {"status": 429, "code": "ApplicationThrottled", "retryAfter": 1}, {"status": 504},
        {"cut": "before"}, {"cut": "after"}, {"cut": "middle"}, {"hang": "after"},
        {"status": 503, "code": "ErrorConcurrentItemSave", "execute": True}, {"expireToken": True},
        {"delayAfter": 700}, {"malformed": True},
    ])
    path = chance.choice(["^/v1.0/", "calendarView", "/events", "batch", "delta"])
    # A fresh token that is refused over and over is a consent that ended: once is trouble enough.
    times = 1 if "expireToken" in effect else chance.randrange(1, 4)
    graph.control("POST", "faults", {"path": path, "after": chance.randrange(3), "times": times, "do": effect})


def booking(chance, mailbox):
    """A wish for one of few slots, so that they meet."""
    start = mailbox.day0 + timedelta(days=chance.randrange(1, 6), hours=8, minutes=30 * chance.randrange(0, 16))
    name = f"b{chance.randrange(40)}"
    if chance.random() < 0.2:
        return {"booking_id": name, "op": "cancel"}
    wish = {
        "booking_id": name, "op": "upsert", "start_time": iso(start),
        "end_time": iso(start + timedelta(minutes=chance.choice([30, 60, 90]))),
        "title": f"Visit {chance.randrange(1000)}", "location": chance.choice(["", "Room 4"]),
    }
    if chance.random() < 0.1:
        wish["attendees"] = [{"email": "guest@elsewhere.example", "name": "Guest", "required": True}]
    return wish


def deed(chance, graph, producer, mailboxes, connected):
    mailbox = chance.choice(mailboxes)
    kind = chance.random()
    if kind < 0.35:
        mailbox.person(chance)
    elif kind < 0.65:
        names = {}
        for _ in range(chance.choice([1, 1, 2, 5, 25])):
            wish = booking(chance, mailbox)
            names[wish["booking_id"]] = wish
        producer.push("sync", mailbox, bookings=list(names.values()))
    elif kind < 0.93:
        producer.push("sync", mailbox, **({"full": True} if chance.random() < 0.1 else {}))
    elif kind < 0.97:
        producer.push("connect", mailbox, oauth_token=mailbox.consent(), settings=mailbox.settings)
        connected.add(mailbox)
    else:
        removes = chance.random() < 0.5
        mailbox.has_strays |= not removes
        producer.push("disconnect", mailbox, remove_events=removes)
        producer.push("connect", mailbox, oauth_token=mailbox.consent(), settings=mailbox.settings)


def trouble(options, chance, graph, producer, fleet, mailboxes):
    connected = set(mailboxes)
    end = time.monotonic() + options.seconds
    next_crash = next_fault = time.monotonic() + 1
    while time.monotonic() < end:
        deed(chance, graph, producer, mailboxes, connected)
        if not options.calm and time.monotonic() > next_crash:
            fleet.freeze(chance) if chance.random() < 0.2 else fleet.crash(chance)
            next_crash = time.monotonic() + chance.uniform(0.5, 3)
        if not options.calm and time.monotonic() > next_fault:
            fault(chance, graph)
            next_fault = time.monotonic() + chance.uniform(0.1, 0.8)
        time.sleep(chance.uniform(0, 0.05))


def main():
    parser = argparse.ArgumentParser()
    for name in ("socket", "programs", "graph", "place"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1, 1_000_000))
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--mailboxes", type=int, default=12)
    parser.add_argument("--calm", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.seconds} s, {options.workers} workers, {options.mailboxes} mailboxes")

    chance = random.Random(options.seed)
    graph = Graph(options.graph)
    redis = Redis(options.socket)
    producer, fleet = Producer(redis), Fleet(options)
    day0 = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    mailboxes = [Mailbox(graph, number, day0, chance) for number in range(options.mailboxes)]
    began = time.monotonic()
    try:
        for _ in range(options.workers):
            fleet.start()
        for mailbox in mailboxes:
            producer.push("connect", mailbox, oauth_token=mailbox.consent(), settings=mailbox.settings)
        missing = producer.wait(60)
        if missing:
            sys.exit(f"no result of the first connects: {sorted(missing)}")
        trouble(options, chance, graph, producer, fleet, mailboxes)
        graph.control("DELETE", "faults")
        fleet.wake()
        problems = judge(options, graph, redis, producer, fleet, mailboxes)
    finally:
        fleet.stop()
    kinds = {}
    for entries in producer.results().values():
        for entry in entries:
            kinds[entry["type"]] = kinds.get(entry["type"], 0) + 1
    print(f"{time.monotonic() - began:.0f} s, {fleet.killed} workers killed, {fleet.frozen} frozen")
    for kind in sorted(kinds):
        print(f"  {kind:24}{kinds[kind]:8}")
    statistics = graph.control("GET", "statistics")
    print(f"  {'Graph requests':24}{statistics.get('requests', 0):8}")
    for problem in problems[:60]:
        print("WRONG: " + problem)
    print("nothing is wrong" if not problems else f"{len(problems)} things are wrong (seed {options.seed})")
    sys.exit(1 if problems else 0)


main()
