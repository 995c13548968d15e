"""The PDF engine, in a process of its own: bounded in time and memory, with no way to a file or the network."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from threading import Thread

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


def render_pdf(job: Job, *, tell: Tell = _go_on, time_limit: float = TIME_LIMIT_SECONDS) -> Pdf:
    """Draws into `job.out`. Raises PdfFailed when the child runs out of time or memory, or refuses the page."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "reports.pdf_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=settings.BASE_DIR,
        )
        lines: list[bytes] = []
        talk = Thread(target=_talk, args=(process, json.dumps(asdict(job)).encode(), lines), daemon=True)
        talk.start()
        try:
            _watch(process, lines, tell, time_limit)
        finally:
            process.kill()
            process.wait()
            talk.join()
        errors.seek(0)
        said = errors.read().decode(errors="replace")
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
