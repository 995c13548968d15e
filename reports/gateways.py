"""The PDF engine, in a process of its own: bounded in time and memory, with no way to a file or the network."""

import subprocess
import sys
from dataclasses import dataclass

from django.conf import settings

TIME_LIMIT_SECONDS = 120


class PdfFailed(Exception):
    """No PDF came out; the message says why in words."""


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int


def render_pdf(html: str, *, time_limit: float = TIME_LIMIT_SECONDS) -> Pdf:
    """HTML to PDF. Raises PdfFailed when the child runs out of time or memory, or refuses the page."""
    command = [sys.executable, "-m", "reports.pdf_child"]
    try:
        done = subprocess.run(
            command,
            input=html.encode(),
            capture_output=True,
            timeout=time_limit,
            cwd=settings.BASE_DIR,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PdfFailed(f"Drawing the PDF took longer than {time_limit:.0f} seconds.") from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise PdfFailed(f"The PDF could not be drawn: {last[0][:300]}")
    pages = int(done.stderr.decode().rpartition("pages:")[2].strip() or 0)
    return Pdf(done.stdout, pages)
