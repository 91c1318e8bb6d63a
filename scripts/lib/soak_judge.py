"""What must be so once the trouble is over. CONTRACT section 6, counted from outside."""

import json
import time
from datetime import datetime


def instant(text):
    return datetime.fromisoformat(text[:19]).timestamp()


def judge(options, graph, redis, producer, fleet, mailboxes):
    """Everything that is wrong, as sentences."""
    problems = [f"worker {number} ended by itself" for number in fleet.died()]
    for missing in sorted(producer.wait(120)):
        problems.append(f"{missing}: no terminal entry")
    quiet(producer, redis, graph, mailboxes, problems)
    results = producer.results()
    for job, entries in results.items():
        if len(entries) != 1:
            problems.append(f"{job}: {len(entries)} terminal entries")
        if job not in producer.pushed:
            problems.append(f"{job}: an entry for what nobody pushed")
    for job, entries in results.items():
        code = json.loads(entries[0].get("error", "{}")).get("code")
        if code not in (None, "cancelled"):
            problems.append(f"{job}: {entries[0]['type']} {code}: {entries[0]['error'][:200]}")
        for item in json.loads(entries[0].get("data", "{}")).get("bookings", []):
            if item["outcome"] == "failed":
                problems.append(f"{job}: booking {item['booking_id']} failed: {item.get('error')}")
    in_order(results, problems)
    for mailbox in mailboxes:
        compare(redis, mailbox, producer, results, problems)
    no_secrets(redis, graph, problems)
    no_leftovers(redis, mailboxes, problems)
    return problems


def in_order(results, problems):
    """Jobs of a connection end in the order in which they were pushed; one that a disconnect cancels ends early."""
    last = {}
    for _, entries in sorted(results.items(), key=lambda item: item[1][0]["entry"]):
        entry = entries[0]
        if json.loads(entry.get("error", "{}")).get("code") == "cancelled":
            continue
        where, number = (entry["tenant_id"], entry["resource_id"]), int(entry["job_id"].split("-")[1])
        if number < last.get(where, 0):
            problems.append(f"{where}: job {number} ended after job {last[where]}")
        last[where] = number


def quiet(producer, redis, graph, mailboxes, problems):
    """A sync to catch up, then two that must find nothing to do."""
    for mailbox in mailboxes:
        producer.push("sync", mailbox)
    producer.wait(60)
    mark = redis.call("XREVRANGE", "outlook:changes", "+", "-", "COUNT", "1")
    mark = mark[0][0].decode() if mark else "0"
    writes = count_writes(graph)
    for _ in range(2):
        for mailbox in mailboxes:
            producer.push("sync", mailbox)
        producer.wait(60)
    for _, fields in redis.call("XRANGE", "outlook:changes", "(" + mark, "+"):
        problems.append(f"a quiet sync reported {[field.decode()[:80] for field in fields][:16]}")
    if count_writes(graph) != writes:
        problems.append(f"quiet syncs wrote {count_writes(graph) - writes} times")


def count_writes(graph):
    log = graph.control("GET", "log")
    log = log if isinstance(log, list) else log.get("requests", [])
    return sum(
        1 for entry in log
        if entry["path"].startswith("/v1.0/") and entry["method"] != "GET" and "/getSchedule" not in entry["path"])


def compare(redis, mailbox, producer, results, problems):
    """The mirror against the calendar, and the bookings against both."""
    where = f"{mailbox.tenant}/{mailbox.resource}"
    flat = redis.call("HGETALL", f"outlook:events:{mailbox.tenant}:{mailbox.resource}")
    mirror = {key.decode(): json.loads(value) for key, value in zip(flat[::2], flat[1::2])}
    truth = {event["immutableId"]: event for event in mailbox.view(-29, 364)}
    edge = {event["immutableId"] for event in mailbox.view(-32, 367)}
    for name, event in truth.items():
        held = mirror.get(name)
        if held is None:
            problems.append(f"{where}: the mirror lacks {event.get('subject')} {event['start']}")
            continue
        private = event.get("sensitivity", "normal") in ("private", "confidential")
        title = "Private" if private else event.get("subject") or ""
        for what, expected, found in (
            ("title", title, held["title"]), ("start", instant(event["start"]), instant(held["start_time"])),
            ("end", instant(event["end"]), instant(held["end_time"])),
            ("show_as", event["showAs"], held["show_as"]),
        ):
            if expected != found:
                problems.append(f"{where}: {what} of {name[-12:]} is {found}, the calendar says {expected}")
    for name in mirror.keys() - edge:
        problems.append(f"{where}: the mirror has {mirror[name].get('title')} that the calendar has not")
    bookings(where, mirror, producer, results, mailbox, problems)


def bookings(where, mirror, producer, results, mailbox, problems):
    """One event per booking, and no two bookings at a time."""
    held = {}
    for event in mirror.values():
        if "booking_id" in event:
            held.setdefault(event["booking_id"], []).append(event)
    for name, events in held.items():
        if len(events) > 1:
            problems.append(f"{where}: booking {name} has {len(events)} events")
    ours = {}
    for event in mailbox.view(0, 30):
        if (event.get("subject") or "").startswith("Visit "):
            ours[event["immutableId"]] = event
    known = {event["event_id"] for events in held.values() for event in events}
    for name, event in ours.items():
        if name not in known and not mailbox.has_strays:
            problems.append(f"{where}: {event['subject']} {event['start']} is nobody's booking")
    # A person may move a booking onto another; two that stand as they were written never overlap.
    wished = written_times(mailbox, producer, results)
    placed = sorted(
        (instant(event["start_time"]), instant(event["end_time"]), name)
        for name, events in held.items() for event in events
        if (instant(event["start_time"]), instant(event["end_time"])) in wished.get(name, set()))
    for first, second in zip(placed, placed[1:]):
        if second[0] < first[1]:
            problems.append(f"{where}: bookings {first[2]} and {second[2]} overlap")


def written_times(mailbox, producer, results):
    """The times that a booking was confirmed at, of any job."""
    times = {}
    for job, payload in producer.pushed.items():
        if job[0] != mailbox.tenant or payload["resource_id"] != mailbox.resource or job not in results:
            continue
        outcomes = {
            item["booking_id"]: item["outcome"]
            for item in json.loads(results[job][0].get("data", "{}")).get("bookings", [])}
        for wish in payload.get("bookings", []):
            if outcomes.get(wish["booking_id"]) in ("confirmed", "updated", "unchanged") and wish["op"] == "upsert":
                times.setdefault(wish["booking_id"], set()).add(
                    (instant(wish["start_time"]), instant(wish["end_time"])))
    return times


def no_secrets(redis, graph, problems):
    """No token in any key or value."""
    secrets = [secret.encode() for secret in graph.secrets]
    cursor = b"0"
    while True:
        cursor, keys = redis.call("SCAN", cursor, "COUNT", "1000")
        for key in keys:
            kind = redis.call("TYPE", key).decode()
            value = {
                "string": lambda: redis.call("GET", key), "hash": lambda: redis.call("HGETALL", key),
                "list": lambda: redis.call("LRANGE", key, "0", "-1"), "set": lambda: redis.call("SMEMBERS", key),
                "zset": lambda: redis.call("ZRANGE", key, "0", "-1"),
                "stream": lambda: redis.call("XRANGE", key, "-", "+"),
            }[kind]()
            text = b"".join(flatten(value))
            if any(secret in text for secret in secrets):
                problems.append(f"a token stands in {key.decode()}")
        if cursor == b"0":
            return


def flatten(value):
    if isinstance(value, list):
        for item in value:
            yield from flatten(item)
    elif isinstance(value, bytes):
        yield value
    elif value is not None:
        yield str(value).encode()


def no_leftovers(redis, mailboxes, problems):
    """Nothing waits and nothing is held once everything has ended."""
    end = time.monotonic() + 20
    while True:
        lines = {
            key: redis.call("LLEN", key)
            for key in ("outlook:jobs", "outlook:jobs:connect", "outlook:jobs:sync", "outlook:jobs:disconnect")}
        if not any(lines.values()) or time.monotonic() > end:
            break
        time.sleep(0.2)
    for key, length in lines.items():
        if length:
            problems.append(f"{length} payloads lie on {key}")
