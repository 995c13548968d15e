"""A light load generator in a process of its own: `python -m benchmarks.load PORT CONNECTIONS FILE RATE`.

FILE is a pickled list of whole requests as bytes. Each of the keep-alive connections to loopback sends the next one as
soon as its answer is there, until the list is at its end; with a RATE above 0, so many a second. A connection is made
anew after a few requests: whichever of the server's processes accepted it keeps it, and one of them may get most. The
last line is JSON: seconds, milliseconds of each answer, answers by status, and the processor's seconds that this
process itself took.
"""

import json
import pickle
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

HOST, PATIENCE = "127.0.0.1", 60.0
KEPT = 20  # requests over one connection


class Pipe:
    """One connection: what it waits for and what has come of it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connect()

    def connect(self) -> None:
        self.sock = socket.create_connection((HOST, self.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0

    def send(self, request: bytes) -> None:
        self.got, self.begun = b"", time.perf_counter()
        self.sent += 1
        self.sock.sendall(request)

    def finished(self) -> int | None:
        """The status once the whole answer is there; 0 when the server hung up."""
        piece = self.sock.recv(262_144)
        self.got += piece
        head = self.got.find(b"\r\n\r\n")
        if not piece:
            return 0
        if head < 0:
            return None
        start = self.got[:head].lower()
        at = start.find(b"content-length:")
        if at < 0:
            done = self.got.endswith(b"0\r\n\r\n") if b"chunked" in start else True
        else:
            done = len(self.got) - head - 4 >= int(start[at + 15 :].split(b"\r\n", 1)[0])
        return int(start[9:12]) if done else None

    def closing(self) -> bool:
        return b"\r\nconnection: close" in self.got[:2000].lower()


def run(port: int, connections: int, requests: Sequence[bytes]) -> dict[str, Any]:
    waiting, times, statuses = iter(requests), [], Counter[str]()
    selector, left = selectors.DefaultSelector(), 0
    begun, processor = time.perf_counter(), time.process_time()
    for _ in range(min(connections, len(requests))):
        pipe = Pipe(port)
        pipe.send(next(waiting))
        selector.register(pipe.sock, selectors.EVENT_READ, pipe)
        left += 1
    while left:
        events = selector.select(PATIENCE)
        if not events:
            raise SystemExit(f"no answer for {PATIENCE:.0f} s")
        for key, _ in events:
            pipe = key.data
            status = pipe.finished()
            if status is None:
                continue
            times.append((time.perf_counter() - pipe.begun) * 1000)
            statuses[str(status)] += 1
            following = next(waiting, None)
            if following is None:
                selector.unregister(pipe.sock)
                pipe.sock.close()
                left -= 1
                continue
            if not status or pipe.closing() or pipe.sent >= KEPT:
                selector.unregister(pipe.sock)
                pipe.sock.close()
                pipe.connect()
                selector.register(pipe.sock, selectors.EVENT_READ, pipe)
            pipe.send(following)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "times": times, "statuses": statuses, "processor": time.process_time() - processor}


def run_paced(port: int, connections: int, requests: Sequence[bytes], rate: float) -> dict[str, Any]:
    """So many requests a second, each over a connection of its own; times count from when each was due, not sent."""
    selector, times, statuses = selectors.DefaultSelector(), [], Counter[str]()
    begun, processor, sent = time.perf_counter(), time.process_time(), 0
    while sent < len(requests) or selector.get_map():
        left = sent / rate - (time.perf_counter() - begun)
        free = sent < len(requests) and len(selector.get_map()) < connections
        if free and left <= 0:
            pipe = Pipe(port)
            pipe.send(requests[sent])
            pipe.begun, sent = begun + sent / rate, sent + 1
            selector.register(pipe.sock, selectors.EVENT_READ, pipe)
            continue
        for key, _ in selector.select(left if free else PATIENCE):
            pipe = key.data
            status = pipe.finished()
            if status is not None:
                times.append((time.perf_counter() - pipe.begun) * 1000)
                statuses[str(status)] += 1
                selector.unregister(pipe.sock)
                pipe.sock.close()
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "times": times, "statuses": statuses, "processor": time.process_time() - processor}


@contextmanager
def prepared(requests: Sequence[bytes]) -> Iterator[str]:
    """The name of a file that holds them."""
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(list(requests), file)
        file.flush()
        yield file.name


def command(port: int, connections: int, file: str, rate: float = 0) -> list[str]:
    return [sys.executable, "-m", "benchmarks.load", str(port), str(connections), file, str(rate)]


def load(port: int, connections: int, requests: Sequence[bytes]) -> dict[str, Any]:
    """`run` in a process of its own."""
    with prepared(requests) as file:
        done = subprocess.run(command(port, connections, file), stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    port, connections, name, rate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    with open(name, "rb") as file:
        requests = pickle.load(file)
    way = partial(run_paced, rate=rate) if rate else run
    print(json.dumps(way(port, connections, requests)))


if __name__ == "__main__":
    main()
