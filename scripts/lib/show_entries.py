"""Entries of the results and changes streams, JSON lines on standard input, as lines for eyes.

    <- connect.succeeded      acme/room-tegel        6 events of "Calendar", next sync 09:35:10
     ~ event.created          acme/room-tegel        Fri 27 Nov 14:00-15:00  Budget review
"""

import datetime
import json
import sys


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def span(event):
    """When an event is, short."""
    if event.get("all_day"):
        return f"{time_of(event['start_date'] + 'T00:00:00Z'):%a %d %b} all day"
    start, end = time_of(event["start_time"]), time_of(event["end_time"])
    return f"{start:%a %d %b %H:%M}-{end:%H:%M}"


def say_change(entry):
    data = entry.get("data", {})
    if entry["type"] == "booking.rejected":
        return f"{entry.get('booking_id', '')}: {len(data.get('conflicts', []))} in the way"
    if entry["type"].startswith("booking."):
        when = f"{span(data)}  {data.get('title', '')}" if "start_time" in data else ""
        return f"{entry.get('booking_id', '')}: {when}"
    if entry["type"].startswith("event.") and "start_time" in data:
        return f"{span(data)}  {data.get('title', '')}" + ("" if data.get("blocks") else "  (doesn't block)")
    return ""


def say_result(entry):
    data, error = entry.get("data", {}), entry.get("error")
    if error:
        return f"{error['code']}: {error['message']}"
    if entry["type"] == "connect.succeeded":
        return f"{data.get('events')} events of \"{data.get('calendar_name')}\""
    if entry["type"] == "sync.succeeded":
        counts = [f"{data[name]} {name}" for name in ("created", "updated", "deleted") if data.get(name)]
        counts += [f"{item['booking_id']} {item['outcome']}" for item in data.get("bookings", [])]
        return (", ".join(counts) or "nothing new") + f", {data.get('graph_calls', 0)} Graph calls"
    if entry["type"] == "job.duplicate":
        return f"the id {data.get('of')} was seen before"
    return data.get("message", "")


def main():
    mark, say = ("~", say_change) if "--changes" in sys.argv else ("<-", say_result)
    for line in sys.stdin:
        entry = json.loads(line)
        who = "/".join(entry[name] for name in ("tenant_id", "resource_id") if name in entry)
        print(f"  {mark:>2} {entry['type']:24} {who:24} {say(entry)}".rstrip()[:160], flush=True)


try:
    main()
except (KeyboardInterrupt, BrokenPipeError):
    pass
