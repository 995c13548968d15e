"""Roster files, read in a child process that can neither eat the machine nor hold it up."""

import hashlib
import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, NamedTuple

from django.conf import settings

from employees.reader.limits import Limits


class UnreadableRoster(Exception):
    """The file cannot be read as a roster; the message says what was found and what to do."""


def check_size(name: str, size: int) -> None:
    """Raises UnreadableRoster for more bytes than a roster may have."""
    if size > (most := limits().file_bytes):
        raise UnreadableRoster(
            f"{name} is larger than {most // 1024**2} MiB. Split it, or leave out columns that are not needed."
        )


@dataclass(frozen=True)
class RosterFile:
    """A file as somebody gave it."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def limits() -> Limits:
    return Limits(file_bytes=settings.ROSTER_MAX_BYTES, rows=settings.ROSTER_MAX_ROWS)


def roster_file(name: str, content: bytes) -> RosterFile:
    """Raises UnreadableRoster when the file is empty or too large to be looked at."""
    if not content:
        raise UnreadableRoster(f"{name} is empty.")
    check_size(name, len(content))
    return RosterFile(name[:255], content)


class Frame(NamedTuple):
    """Some rows: their numbers, the file's columns, which rows are longer than the header, and which hold a cell that
    seems to have swallowed others, with such cells."""

    numbers: list[int]
    columns: list[list[str]]
    long: list[int]
    torn: dict[int, list[str]]


@dataclass
class Stream:
    """A table being read. `head` is what was detected: kind, row of the header, headers, encoding, sheet and so on.

    `raw` keeps every frame, packed, so that single rows can be had again; `end` is there when the frames are through.
    """

    name: str
    head: dict[str, Any]
    lines: Iterator[bytes]
    end: dict[str, Any] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)

    def frames(self) -> Iterator[Frame]:
        for line in self.lines:
            message = _message(self.name, line)
            if "end" in message:
                self.end = message["end"]
                return
            self.raw.append(zlib.compress(line, 1))
            yield Frame(message["n"], message["c"], message["long"], dict(message["torn"]))
        raise UnreadableRoster(_DIED.format(name=self.name))

    def cells_of(self, numbers: set[int]) -> dict[int, list[str]]:
        """The rows of these numbers as they stand in the file."""
        found: dict[int, list[str]] = {}
        for line in self.raw if numbers else ():
            message = json.loads(zlib.decompress(line))
            if not numbers.isdisjoint(message["n"]):
                rows = zip(message["n"], zip(*message["c"], strict=True), strict=True)
                found |= {number: list(cells) for number, cells in rows if number in numbers}
        return found


_DIED = (
    "{name} could not be read within the memory and time that a roster needs. Save the staff list alone as a new file."
)


def _message(name: str, line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:  # cut off in the middle of a line
        raise UnreadableRoster(_DIED.format(name=name)) from error
    if "error" in message:
        raise UnreadableRoster(f"{name} {message['error']}")
    return dict(message)


@contextmanager
def read_roster(name: str, pieces: Iterable[bytes], options: Mapping[str, Any] | None = None) -> Iterator[Stream]:
    """Reads CSV, JSON or any spreadsheet, whose bytes come in pieces.

    `options` are somebody's choices: encoding, delimiter, sheet, header_row.

    Raises UnreadableRoster, at once or while the frames are read.
    """
    bounds = limits()
    request = json.dumps({"options": dict(options or {}), "limits": bounds.as_dict()}).encode() + b"\n"
    command = [sys.executable, "-m", "employees.reader.child"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=settings.BASE_DIR) as child:
        timer = threading.Timer(bounds.seconds + 5, child.kill)
        timer.start()
        try:
            yield _open(name, chain([request], pieces), child)
        finally:
            timer.cancel()
            child.kill()


def _open(name: str, request: Iterable[bytes], child: "subprocess.Popen[bytes]") -> Stream:
    stdin, stdout = child.stdin, child.stdout
    if stdin is None or stdout is None:
        raise AssertionError("both were asked for")
    _feed(stdin, request)
    first = stdout.readline()
    if not first:
        raise UnreadableRoster(_DIED.format(name=name))
    return Stream(name, _message(name, first)["head"], iter(stdout))


def _feed(stdin: IO[bytes], parts: Iterable[bytes]) -> None:
    """The child reads everything before it answers; one that died meanwhile has closed the pipe."""
    try:
        for part in parts:
            stdin.write(part)
        stdin.close()
    except BrokenPipeError:
        return
