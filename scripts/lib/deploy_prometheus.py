"""deploy_prometheus.py alert URL NAME firing|inactive: waits until a real Prometheus says so of the alert (60 s).
deploy_prometheus.py quiet URL: waits until no alert fires or is pending, for some seconds.
deploy_prometheus.py queries URL DASHBOARD ALERTS: waits for the first scrapes, then asks every query of both files."""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

DEADLINE = 60


def ask(path: str) -> dict:
    with urllib.request.urlopen(URL + path, timeout=10) as answer:
        return json.load(answer)["data"]


def query(text: str) -> list:
    return ask("/api/v1/query?" + urllib.parse.urlencode({"query": text}))["result"]


def wait(what: str, condition) -> None:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.2)
    sys.exit(f"deploy_prometheus: {what} didn't come true in {DEADLINE} s")


def alert(name: str, state: str) -> None:
    def holds() -> bool:
        states = [one["state"] for one in ask("/api/v1/alerts")["alerts"] if one["labels"]["alertname"] == name]
        return "firing" in states if state == "firing" else not states

    wait(f"{name} {state}", holds)
    print(f"{name}: {state}", file=sys.stderr)


def quiet() -> None:
    seen, last = set(), time.monotonic()

    def holds() -> bool:
        nonlocal seen, last
        # Until every rule has been looked at, none is quiet.
        if any(rule["health"] != "ok" for rule in ask("/api/v1/rules")["groups"][0]["rules"]):
            return False
        seen = {one["labels"]["alertname"] for one in ask("/api/v1/alerts")["alerts"]}
        if seen:
            last = time.monotonic()
        # Long enough for a lease to expire, and its alert with it.
        return time.monotonic() - last > 6

    try:
        wait("no alert", holds)
    except SystemExit:
        sys.exit(f"deploy_prometheus: after {DEADLINE} s there still are {', '.join(sorted(seen))}")


def queries(dashboard: str, alerts: str) -> None:
    wait("two workers scraped", lambda: len(query("outlook_fleet_worker_ready == 1")) == 2)
    wait("the queue's numbers", lambda: len(query("outlook_fleet_queue_work")) >= 2)
    asked = [
        (target["expr"].replace("$__rate_interval", "20s"), panel["title"])
        for panel in json.load(open(dashboard))["panels"]
        for target in panel["targets"]
    ]
    asked += [(rule["expr"], rule["alert"]) for rule in yaml.safe_load(open(alerts))["groups"][0]["rules"]]
    for text, place in asked:
        try:
            query(text)
        except urllib.error.HTTPError as error:
            sys.exit(f"deploy_prometheus: {place}: {error.read().decode()}")
    # What there must be on an idle fleet, by Prometheus's own reading.
    for text in ("max by (state) (outlook_fleet_queue_jobs)", "max(outlook_fleet_queue_work) or vector(0)"):
        if not query(text):
            sys.exit(f"deploy_prometheus: {text} is nothing")
    types = ask("/api/v1/metadata")
    for name, entries in types.items():
        if name.endswith("_total") != (entries[0]["type"] == "counter") and name.startswith("outlook_fleet"):
            sys.exit(f"deploy_prometheus: {name} is a {entries[0]['type']}")
    print(f"{len(asked)} queries, {len(types)} metrics", file=sys.stderr)


URL = sys.argv[2]
{"alert": alert, "quiet": quiet, "queries": queries}[sys.argv[1]](*sys.argv[3:])
