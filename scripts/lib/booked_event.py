"""The event of a booking, percent-encoded for a URL, from an entry of the results stream as redis-cli prints it.

usage: redis-cli XREVRANGE outlook:results + - COUNT 1 | booked_event.py BOOKING
"""

import json
import sys
import urllib.parse

for line in sys.stdin:
    if not line.startswith("{"):
        continue
    for booking in json.loads(line).get("bookings", []):
        if booking["booking_id"] == sys.argv[1] and "event_id" in booking:
            print(urllib.parse.quote(booking["event_id"], safe=""))
            sys.exit(0)
sys.exit(f"the entry has no event of {sys.argv[1]}")
