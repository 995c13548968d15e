"""The signature of a PDF, made in a process of its own: bounded in time and memory, with no way to the network."""

import json
import subprocess
import sys

from django.conf import settings

TIME_LIMIT_SECONDS = 60


class SigningFailed(Exception):
    """The PDF is not signed; the message says why in words."""


def sign_pdf(path: str, secret: str, reason: str, *, time_limit: float = TIME_LIMIT_SECONDS) -> None:
    """Appends a signature to the file. Raises SigningFailed; the file is of no use then."""
    told = json.dumps({"path": path, "secret": secret, "reason": reason}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "reports.sign_child"],
            input=told, capture_output=True, cwd=settings.BASE_DIR, timeout=time_limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise SigningFailed(f"Signing the PDF took longer than {time_limit:.0f} seconds.") from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise SigningFailed(f"The PDF could not be signed: {last[0][:300]}")
