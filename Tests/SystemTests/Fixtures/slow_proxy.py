"""usage: slow_proxy.py UNIX_SOCKET MILLISECONDS: a TCP port on loopback in front of a unix socket; what clients send
gets there so much later, in order, pipelined or not. Prints "ready PORT"; ends with its standard input."""
import asyncio, sys

path, delay = sys.argv[1], float(sys.argv[2]) / 1000


async def pump(reader, writer, wait):
    queue = asyncio.Queue()

    async def forward():
        while (item := await queue.get()) is not None:
            due, data = item
            await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
            writer.write(data)
            await writer.drain()
        writer.close()

    task = asyncio.create_task(forward())
    try:
        while data := await reader.read(65536):
            queue.put_nowait((asyncio.get_running_loop().time() + wait, data))
    except OSError:
        pass
    queue.put_nowait(None)
    await asyncio.gather(task, return_exceptions=True)


async def serve(reader, writer):
    upstream = await asyncio.open_unix_connection(path)
    await asyncio.gather(pump(reader, upstream[1], delay), pump(upstream[0], writer, 0), return_exceptions=True)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
