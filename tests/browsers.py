"""The browser of the machine, for the tests and scripts that need a real one."""

import shutil
import subprocess
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# --no-sandbox: Chromium refuses to run as root with it, and these tests open no page but our own.
# The rest: nothing is asked of the network by the browser itself.
ARGUMENTS = ["--no-sandbox", "--disable-component-update", "--disable-background-networking", "--no-first-run"]


@cache
def find_chromium() -> str:
    """The path of a Chromium that really runs, or "": Ubuntu's package is a stub that only names another installer."""
    for name in NAMES:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and any(word in done.stdout for word in ("Chromium", "Chrome")):
            return path
    return ""
