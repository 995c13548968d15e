"""What the child may not do: reach a file or the network through a page, outlive its parent, take all memory."""

import ctypes
import resource
import signal
import sys
from typing import Any

from weasyprint.urls import URLFetcher

_PR_SET_PDEATHSIG = 1


class NoFetching(URLFetcher):  # type: ignore[misc]  # weasyprint is untyped
    """Only data: addresses, which carry their bytes with them."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, fail_on_errors=True)

    def fetch(self, url: str, headers: Any = None) -> Any:
        if not url.startswith("data:"):
            raise ValueError("a report loads nothing")
        return super().fetch(url, headers)


def confine(memory: int, seconds: int) -> None:
    """Limits in bytes of address space and seconds of processor; the kernel ends what passes them."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # A worker that is killed takes its child along: nobody would read what it makes.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    sys.addaudithook(_no_network)


def _no_network(event: str, _arguments: tuple[Any, ...]) -> None:
    """Whatever a library would do: no name is looked up and nobody is called."""
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"}:
        raise PermissionError("a report calls nobody")
