"""A mail server for benchmarks and chaos: accepts everything, remembers who got what, fails on request. Run as a
process of its own: `python -m benchmarks.sink PORT [--delay MS] [--drop PERCENT] [--log FILE] [--plain]`.

`--delay` holds back the reply to each mail, as a relay does that scans it. `--drop` closes the connection after that
share of mails instead of confirming them. `--log` appends `recipient message-id` for each mail that was taken.
"""

import argparse
import asyncio
import random
import re
import signal
from pathlib import Path
from typing import IO

_ID = re.compile(rb"(?im)^message-id:\s*(<[^>]+>)")


class Session(asyncio.Protocol):
    """One connection. Replies in order, whatever arrives together."""

    def __init__(self, server: "Server") -> None:
        self.server, self.buffer, self.data = server, bytearray(), False
        self.recipient = b""
        self.waiting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.waiting is None:
            self._work()

    def _work(self) -> None:
        while self.buffer and self.waiting is None and not self.transport.is_closing():
            end = self.buffer.find(b"\r\n.\r\n" if self.data else b"\r\n")
            if end < 0:
                return
            if self.data:
                content = bytes(self.buffer[:end])
                del self.buffer[: end + 5]
                self.data = False
                self._take(content)
            else:
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self._command(line)

    def _command(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"EHLO":
            self.transport.write(
                b"250-sink\r\n250 HELP\r\n" if self.server.plain else b"250-sink\r\n250 PIPELINING\r\n"
            )
        elif word == b"RCPT":
            self.recipient = line[9:-1]
            self.transport.write(b"250 2.1.5 Ok\r\n")
        elif word == b"DATA":
            self.data = True
            self.transport.write(b"354 go on\r\n")
        elif word == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 2.0.0 Ok\r\n")

    def _take(self, content: bytes) -> None:
        self.server.taken(self.recipient, content)
        if self.server.drop and random.random() < self.server.drop:
            self.transport.close()
        elif self.server.delay:
            self.waiting = asyncio.get_running_loop().create_task(self._later())
        else:
            self.transport.write(b"250 2.0.0 Ok: queued\r\n")

    async def _later(self) -> None:
        await asyncio.sleep(self.server.delay)
        self.waiting = None
        if not self.transport.is_closing():
            self.transport.write(b"250 2.0.0 Ok: queued\r\n")
            self._work()


class Server:
    def __init__(self, delay: float, drop: float, plain: bool, log: IO[bytes] | None) -> None:
        self.delay, self.drop, self.plain, self.log = delay, drop, plain, log

    def taken(self, recipient: bytes, content: bytes) -> None:
        if self.log:
            found = _ID.search(content[:4000])
            self.log.write(recipient + b" " + (found[1] if found else b"-") + b"\n")
            self.log.flush()


async def serve(port: int, server: Server) -> None:
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Session(server), "127.0.0.1", port, reuse_address=True)
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    print("ready", flush=True)
    await over.wait()
    listener.close()


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("port", type=int)
    arguments.add_argument("--delay", type=float, default=0, help="milliseconds")
    arguments.add_argument("--drop", type=float, default=0, help="per cent")
    arguments.add_argument("--plain", action="store_true", help="without pipelining")
    arguments.add_argument("--log", type=Path)
    given = arguments.parse_args()
    log = given.log.open("ab") if given.log else None
    asyncio.run(serve(given.port, Server(given.delay / 1000, given.drop / 100, given.plain, log)))


if __name__ == "__main__":
    main()
