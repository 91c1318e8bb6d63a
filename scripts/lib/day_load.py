"""day_load.py PORT PASSWORD-FILE DEMO-JSON FOLDER: a producer that never gives up (scripts/operators-day).

Connects every mailbox of the demo once, then pushes a sync for one after the other, some 40 a second, until
FOLDER/enough exists. Each id that may have reached Redis is in FOLDER/pushed. A push whose answer was lost is repeated
with the same id, as a producer does: the repeat may end as job.duplicate.
"""
import itertools
import json
import pathlib
import sys
import time

import redis_client

port = int(sys.argv[1])
mailboxes = json.loads(pathlib.Path(sys.argv[3]).read_text())["mailboxes"]
folder = pathlib.Path(sys.argv[4])


def connect():
    """Over TCP what redis_client does over a unix socket, and logged in."""
    connection = redis_client.Redis.__new__(redis_client.Redis)
    connection.socket = redis_client.socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.file = connection.socket.makefile("rb")
    # Read anew each time: passwords change.
    connection.call("AUTH", "producer", pathlib.Path(sys.argv[2]).read_text().strip())
    return connection


def payloads():
    for box in mailboxes:
        token = {name: box[key] for name, key in [
            ("access_token", "accessToken"), ("refresh_token", "refreshToken"), ("expires_in", "expiresIn")]}
        yield {"kind": "connect", "id": "connect-" + box["resourceId"], "oauth_token": token}, box
    for number, box in zip(itertools.count(), itertools.cycle(mailboxes)):
        yield {"kind": "sync", "id": f"sync-{number}"}, box


connection = None
with open(folder / "pushed", "a") as pushed:
    for payload, box in payloads():
        if (folder / "enough").exists() or not folder.exists():
            break
        payload |= {"tenant_id": box["tenantId"], "resource_id": box["resourceId"]}
        print(payload["id"], file=pushed, flush=True)
        while folder.exists():
            try:
                connection = connection or connect()
                connection.call("LPUSH", "outlook:jobs", json.dumps(payload))
                break
            except (OSError, redis_client.RedisError):
                connection = None
                time.sleep(0.1)
        time.sleep(0.025)
