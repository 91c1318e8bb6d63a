"""The world of `scripts/soak` outside the fleet: the simulator's control requests, and people with calendars."""

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta

CLIENT = "6f1f4bd2-3c5a-4f7e-9d1b-0a5c8e7d2f31"


def iso(date):
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")


class Graph:
    """The simulator, from behind."""

    def __init__(self, url):
        self.url = url
        self.secrets = []

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/control/{path}", data=data, method=method, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Mailbox:
    """A person, their calendar and the resource that it stands for."""

    def __init__(self, graph, number, day0, chance):
        self.graph, self.day0 = graph, day0
        self.address = f"p{number}@soak.example"
        self.tenant = f"t{number % 3}"
        self.resource = f"r{number}"
        # Events of a connection that ended without taking them along: nobody's from then on.
        self.has_strays = False
        self.settings = {"frequency": chance.choice(["PT1M", "manual", "PT5M"])}
        graph.control("POST", "mailboxes", {"address": self.address, "timeZone": "UTC"})
        self.path = f"mailboxes/{self.address}/calendars/default"
        graph.control("POST", self.path + "/seed", {"count": 40, "from": iso(day0 - timedelta(days=20)), "days": 80})
        self.series(chance)
        calendars = graph.control("GET", f"mailboxes/{self.address}/calendars")
        self.calendar = next(item["id"] for item in calendars if item["isDefault"])

    def consent(self):
        tokens = self.graph.control("POST", "tokens", {"mailbox": self.address, "app": CLIENT})
        self.graph.secrets += [tokens["access_token"], tokens["refresh_token"]]
        return {key: tokens[key] for key in ("access_token", "refresh_token")} | {"expires_in": 3600}

    def series(self, chance):
        day = self.day0 - timedelta(days=chance.randrange(40))
        self.graph.control("POST", self.path + "/events", {
            "subject": "Stand-up", "start": self.time(day.replace(hour=7)), "end": self.time(day.replace(hour=8)),
            "showAs": chance.choice(["busy", "free"]),
            "recurrence": {
                "pattern": {"type": "daily", "interval": chance.randrange(1, 4)},
                "range": {"type": "numbered", "numberOfOccurrences": 60, "startDate": day.strftime("%Y-%m-%d")}}})

    @staticmethod
    def time(date):
        return {"dateTime": date.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}

    def view(self, first=-30, last=365):
        window = f"from={iso(self.day0 + timedelta(days=first))}&to={iso(self.day0 + timedelta(days=last))}"
        return self.graph.control("GET", f"{self.path}/view?{window}")["events"]

    def person(self, chance):
        """Does something a person does: creates, changes, moves in time, deletes."""
        start = self.day0 + timedelta(days=chance.randrange(1, 6), hours=8, minutes=30 * chance.randrange(0, 16))
        kind = chance.random()
        events = self.view(0, 10) if kind >= 0.45 else []
        if not events:
            self.graph.control("POST", self.path + "/events", {
                "subject": f"Private {chance.randrange(1000)}", "start": self.time(start),
                "end": self.time(start + timedelta(minutes=30)),
                "showAs": chance.choice(["busy", "busy", "free", "tentative", "oof"]),
                "sensitivity": chance.choice(["normal", "private"])})
            return
        event = chance.choice(sorted(events, key=lambda item: item["immutableId"]))
        path = f"mailboxes/{self.address}/events/{urllib.parse.quote(event['immutableId'], safe='')}"
        try:
            if kind < 0.65:
                self.graph.control("PATCH", path, {"subject": f"Changed {chance.randrange(1000)}"})
            elif kind < 0.8:
                self.graph.control("PATCH", path, {
                    "start": self.time(start), "end": self.time(start + timedelta(minutes=30))})
            else:
                self.graph.control("DELETE", path)
        except urllib.error.HTTPError as error:
            if error.code not in (400, 404):  # gone, or a deed that Outlook doesn't allow
                raise
