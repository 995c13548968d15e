import sys
import time
from types import TracebackType

WIDTH = 30


class Bar:
    """A progress bar with a count on a terminal; one line at the end elsewhere."""

    def __init__(self, label: str, total: int, *, unit: str = "") -> None:
        self.label, self.total, self.unit = label, max(total, 1), unit
        self.started = time.monotonic()
        self.value = 0
        self.live = sys.stdout.isatty()

    def __enter__(self) -> "Bar":
        self.show(0)
        return self

    def show(self, value: int, stage: str = "") -> bool:
        """Draws the bar; returns whether it is full."""
        self.value = value
        if self.live:
            sys.stdout.write(f"\r\x1b[K{self._line()}{f'  {stage}' if stage else ''}")
            sys.stdout.flush()
        return value >= self.total

    def _line(self) -> str:
        filled = min(WIDTH, WIDTH * self.value // self.total)
        count = f"{self.value} {self.unit}" if self.unit else f"{self.value} of {self.total}"
        return f"{self.label:<52} [{'█' * filled}{'·' * (WIDTH - filled)}] {count}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.monotonic() - self.started
        start = "\r\x1b[K" if self.live else ""
        sys.stdout.write(f"{start}{self._line()} in {seconds:.1f} s\n")
        sys.stdout.flush()
