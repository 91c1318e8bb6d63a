"""An HTTP server that answers as it was told and remembers what it was asked.

The first part of a path is the script's key; each has answers and a memory of its own.
POST /KEY/__answers with a JSON list of {"status", "headers", "body", "delay"} adds to the answers, which are given in
that order, whatever is asked; "{base}" in a body or header becomes this server's URL with the key. Without an answer
left: 599. "close": true cuts the connection in place of an answer. GET /KEY/__requests lists what was asked.
Prints "ready PORT" and serves until its standard input closes.
"""
import collections
import http.server
import json
import sys
import threading
import time

answers = collections.defaultdict(collections.deque)
requests = collections.defaultdict(list)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, headers, body):
        base = f"http://localhost:{self.server.server_port}/{self.path.split('/')[1]}"
        data = body.replace("{base}", base).encode("utf-8", "surrogatepass")
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value.replace("{base}", base))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        _, key, *rest = self.path.split("/")
        if rest == ["__answers"]:
            answers[key].extend(json.loads(body))
            return self.reply(200, [], "")
        if rest == ["__requests"]:
            return self.reply(200, [], json.dumps(requests[key]))
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        target = "/" + "/".join(rest)
        requests[key].append({"method": self.command, "target": target, "headers": headers, "body": body})
        answer = answers[key].popleft() if answers[key] else {"status": 599}
        time.sleep(answer.get("delay", 0))
        if answer.get("close"):
            self.close_connection = True
            return
        self.reply(answer["status"], list(answer.get("headers", {}).items()), answer.get("body", ""))

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_port, flush=True)
sys.stdin.read()
