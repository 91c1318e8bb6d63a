"""A Redis client in a page: what the scripts need to push, to wait and to count. Standard library only."""

import socket


class RedisError(Exception):
    """An error reply."""


class Redis:
    """One connection over a unix socket. Replies: bytes, int, list, None."""

    def __init__(self, path, timeout=60.0):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def call(self, *arguments):
        """Sends one command and returns its reply."""
        self.socket.sendall(encode(arguments))
        return self.reply()

    def pipeline(self, commands):
        """Sends several commands at once and returns their replies."""
        commands = list(commands)
        self.socket.sendall(b"".join(encode(command) for command in commands))
        return [self.reply() for _ in commands]

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RedisError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.file.read(size + 2)[:-2]
        if kind == b"*":
            size = int(rest)
            return None if size < 0 else [self.reply() for _ in range(size)]
        raise ConnectionError("not Redis's protocol")

    def info(self, section):
        """INFO as a dict of texts."""
        lines = self.call("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


def encode(arguments):
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)
