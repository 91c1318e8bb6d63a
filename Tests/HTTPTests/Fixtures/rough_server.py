"""An HTTP/1.1 server with every fault the client must survive, chosen by path.

Prints "ready PORT" and serves until its standard input closes, so that a killed test leaves nothing behind.
A request's key is the last part of its path. GET /count/KEY says how many requests with that key were read whole,
/opened/KEY how many connections carried one, /closed/KEY how many ended with one, /most/KEY how many waited at once
in /slow.
"""
import asyncio
import collections
import gzip
import json
import ssl
import sys

executed = collections.Counter()
opened = collections.Counter()
closed = collections.Counter()
at_once = collections.Counter()
most = collections.Counter()
COUNTS = {"count": executed, "opened": opened, "closed": closed, "most": most}


def answer(body=b"", status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Cut(Exception):
    """Ends the connection without another byte."""


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = request_line.split(" ")
    headers = [line.split(":", 1) for line in lines]
    length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
    body = await reader.readexactly(length)
    return method, target, [[k, v.strip()] for k, v in headers], body


async def endless(writer, piece):
    while True:
        writer.write(piece)
        await writer.drain()


async def wait_for_end(reader, seconds):
    """True if the client hangs up first."""
    try:
        return await asyncio.wait_for(reader.read(1), seconds) == b""
    except asyncio.TimeoutError:
        return False


async def respond(reader, writer, served, key, method, target, headers, body):
    _, name, *rest = target.split("?")[0].split("/")
    first = rest[0] if rest else ""
    if name == "echo":
        text = json.dumps({"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")})
        writer.write(answer(text.encode(), headers=["Content-Type: application/json"]))
    elif name == "status":
        writer.write(answer(b"" if first in ("204", "304") else b"text", f"{first} Whatever"))
    elif name == "slow":
        at_once[key] += 1
        most[key] = max(most[key], at_once[key])
        left = await wait_for_end(reader, int(first) / 1000)
        at_once[key] -= 1
        if left:
            raise Cut
        writer.write(answer(b"late"))
    elif name == "size":
        writer.write(answer(b"x" * int(first)))
    elif name == "chunked":
        writer.write(CHUNKED + b"".join(chunk(b"y" * 1000) for _ in range(int(first) // 1000)) + chunk(b""))
    elif name == "endless":
        writer.write(CHUNKED)
        await endless(writer, chunk(b"z" * 4096))
    elif name == "drip":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)
    elif name == "headers" and first == "endless":
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await endless(writer, b"X-More: and more\r\n" * 100)
    elif name == "headers" and first == "interim":
        await endless(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)
    elif name == "hints":
        writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n" + answer(b"final", headers=["X-Late: yes"]))
    elif name == "trailers":
        writer.write(CHUNKED.replace(b"\r\n\r\n", b"\r\nTrailer: X-After\r\n\r\n") + chunk(b"body"))
        writer.write(b"0\r\nX-After: trailer\r\n\r\n")
    elif name == "repeated":
        writer.write(answer(b"", headers=["X-Two: a", "x-two: b", "X-Empty:"]))
    elif name == "gzip":
        writer.write(answer(gzip.compress(b"0" * int(first)), headers=["Content-Encoding: gzip"]))
    elif name == "gzip-broken":
        writer.write(answer(b"this is no gzip at all", headers=["Content-Encoding: gzip"]))
    elif name == "redirect":
        writer.write(answer(b"", "302 Found", [f"Location: http://{dict(headers)['Host']}/landed/{first}"]))
    elif name == "malformed":
        nonsense = {"status": b"BANANA 200 OK\r\n\r\n", "number": b"HTTP/1.1 2x0 OK\r\n\r\n"}
        writer.write(nonsense.get(first, bytes(range(256))))
        raise Cut
    elif name == "close":
        writer.write(answer(b"bye", headers=["Connection: close"]))
        raise Cut
    elif name == "hangup":
        writer.write(answer(b"said nothing of closing"))
        raise Cut
    elif name == "cut" and first == "body":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 100)
        raise Cut
    elif name == "cut" and first == "chunk":
        writer.write(CHUNKED + chunk(b"half") + b"20\r\nab")
        raise Cut
    elif name == "cut":
        raise Cut
    elif name == "cut-when-reused" and served > 0:
        raise Cut
    elif name in COUNTS:
        writer.write(answer(str(COUNTS[name][first]).encode()))
    else:
        writer.write(answer(b"ok"))


async def serve(reader, writer):
    served, key, keys = 0, None, set()
    try:
        while True:
            request = await read_request(reader)
            key = request[1].rsplit("/", 1)[-1]
            if request[1].split("/")[1] not in COUNTS:
                executed[key] += 1
                opened[key] += key not in keys
                keys.add(key)
            await respond(reader, writer, served, key, *request)
            await writer.drain()
            served += 1
    except (Cut, asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass
        closed[key] += 1


async def main(certificate=None, key=None):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=1024)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
