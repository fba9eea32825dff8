"""A TCP relay to a port of this machine that makes a server seem far away.

Usage: far.py PORT MILLISECONDS

Every byte arrives half of the time later, in both directions, and a new connection waits the whole
time once, as for the handshake of TCP. The script prints its own port, and runs until it is stopped.
"""

import asyncio
import sys

TARGET = int(sys.argv[1])
DELAY = int(sys.argv[2]) / 1000


async def forward(reader, writer):
    """Copies bytes until the end. Each piece leaves after half of the delay, in the order in which the pieces arrived."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()

    async def leave():
        while True:
            due, data = await queue.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    leaving = asyncio.create_task(leave())
    data = b"begin"
    while data:
        try:
            data = await reader.read(1 << 16)
        except ConnectionError:
            data = b""
        queue.put_nowait((loop.time() + DELAY / 2, data))
    try:
        await leaving
    except ConnectionError:
        writer.close()


async def relay(reader, writer):
    await asyncio.sleep(DELAY)
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", TARGET)
    await asyncio.gather(forward(reader, far_writer), forward(far_reader, writer))


async def main():
    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
