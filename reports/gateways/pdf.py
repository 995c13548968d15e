"""The PDF engine, in a process of its own: bounded in time and memory, with no way to a file or the network."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from threading import Thread
from typing import IO

from django.conf import settings

from reports.press.job import Job

TIME_LIMIT_SECONDS = 240
Tell = Callable[[int, int], bool]
"""Told of pages done and in all, at least every second; False stops the engine."""


class PdfFailed(Exception):
    """No PDF came out; the message says why in words."""


class Stopped(Exception):
    """Whoever was told of the progress wanted no more of it."""


@dataclass(frozen=True)
class Pdf:
    """`missing`: code points (hexadecimal) for which no installed font has a glyph."""

    pages: int
    missing: tuple[str, ...] = ()


def _go_on(_done: int, _pages: int) -> bool:
    return True


@dataclass(frozen=True)
class Engine:
    """A child that draws one PDF, and the file of its complaints."""

    process: "subprocess.Popen[bytes]"
    errors: IO[bytes]


@contextmanager
def warm_engine() -> Iterator[Engine]:
    """Loads its libraries while the caller still gathers what to draw. It ends with the block, used or not."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [sys.executable, "-m", "reports.pdf_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=settings.BASE_DIR,
        ) as process,
    ):
        try:
            yield Engine(process, errors)
        finally:
            process.kill()


def render_pdf(
    job: Job, *, tell: Tell = _go_on, time_limit: float = TIME_LIMIT_SECONDS, engine: Engine | None = None
) -> Pdf:
    """Draws into `job.out`, by an engine that is warm already or by one of its own.

    Raises PdfFailed when the engine runs out of time or memory, or refuses the page.
    """
    with nullcontext(engine) if engine else warm_engine() as one:
        return _drawn(job, one, tell, time_limit)


def _drawn(job: Job, engine: Engine, tell: Tell, time_limit: float) -> Pdf:
    process, lines = engine.process, list[bytes]()
    talk = Thread(target=_talk, args=(process, json.dumps(asdict(job)).encode(), lines), daemon=True)
    talk.start()
    try:
        _watch(process, lines, tell, time_limit)
    finally:
        process.kill()
        talk.join()
    engine.errors.seek(0)
    said = engine.errors.read().decode(errors="replace")
    last = json.loads(lines[-1]) if lines else {}
    if process.returncode or "pages" not in last:
        raise PdfFailed(f"The PDF could not be drawn: {_reason(process.returncode, said)}")
    return Pdf(last["pages"], tuple(last["missing"]))


def _talk(process: "subprocess.Popen[bytes]", job: bytes, lines: list[bytes]) -> None:
    assert process.stdin
    assert process.stdout
    with suppress(BrokenPipeError), process.stdin:  # it may die before it has read everything; its status says so
        process.stdin.write(job)
    with process.stdout:
        for line in process.stdout:
            lines[:] = [line]


def _watch(process: "subprocess.Popen[bytes]", lines: list[bytes], tell: Tell, time_limit: float) -> None:
    end, told = time.monotonic() + time_limit, 0.0
    while process.poll() is None:
        if time.monotonic() > end:
            raise PdfFailed(f"Drawing the PDF took longer than {time_limit:.0f} seconds.")
        if time.monotonic() - told > 1:
            told = time.monotonic()
            last = json.loads(lines[-1]) if lines else {}
            if not tell(last.get("done", 0), last.get("total", 0)):
                raise Stopped
        time.sleep(0.02)


_SIGNALS = {-9: "it was stopped from outside, or ran out of memory", -24: "it took too much of the processor"}


def _reason(status: int, said: str) -> str:
    # Libraries that are refused memory say so in their own ways, or not at all.
    if any(word in said for word in ("MemoryError", "Cannot allocate", "bad_alloc", "error return without exception")):
        return "it needed more memory than a report may take"
    last = said.strip().splitlines()[-1:] or [f"status {status}"]
    return _SIGNALS.get(status, last[0][:300])
