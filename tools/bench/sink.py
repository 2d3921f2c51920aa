"""A platform that takes everything, on loopback: it reads each request to its last byte, and thanks.

It keeps nothing and looks at nothing but the length, so that it costs as little as the network's end of a real platform
would: the kernel copies each byte into one room that is used again and again.
"""

import asyncio
import sys
from pathlib import Path

ANSWER = b'{"audience_id":"1","session_id":"1","num_received":0,"num_invalid_entries":0,"invalid_entry_samples":{}}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)
ROOM_BYTES = 2**18
END = b"\r\n\r\n"


class Sink(asyncio.BufferedProtocol):
    """One connection: request after request, each answered when all of it is there."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.room = bytearray(ROOM_BYTES)
        self.head = b""
        self.left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def get_buffer(self, _hint: int) -> bytearray:
        return self.room

    def buffer_updated(self, count: int) -> None:
        if not self.left:
            head, end, begun = (self.head + self.room[:count]).partition(END)
            self.head = b"" if end else bytes(head)
            if not end:
                return
            self.left, count = _length(head), len(begun)
        self.left -= count
        if not self.left:
            self.transport.write(RESPONSE)


def _length(head: bytes) -> int:
    """Bytes of the request's body."""
    said = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(said.partition(b":")[2])


async def serve(port_file: Path) -> None:
    """The sink serves until its process ends; its port is in the file."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    await asyncio.to_thread(port_file.write_text, str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
