"""How many mails may go now: an even flow, not bursts at the turn of a minute. Times are seconds of one clock."""

import re
from dataclasses import dataclass
from functools import lru_cache

_RATE = re.compile(r"(\d+)\s*/\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many mails in so many seconds."""

    number: int
    seconds: int

    @property
    def interval(self) -> float:
        """Seconds from one mail to the next."""
        return self.seconds / self.number

    @property
    def burst(self) -> int:
        """Mails that may go at once: those of a quarter of a second, so that a fast flow needs no wake-up for each."""
        return max(1, int(0.25 / self.interval))


def parse_rate(text: str) -> Rate:
    """`30/m` is thirty a minute; s, m, h and d are known. Raises ValueError."""
    found = _RATE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is not a rate: write it like 30/m (s, m, h or d).")
    return Rate(int(found[1]), _SECONDS[found[2]])


@lru_cache(maxsize=8)
def rates(everything: str, by_domain: tuple[str, ...]) -> tuple[Rate | None, dict[str, Rate]]:
    """The rates of all mails together, and of single domains (`outlook.com=20/m`). Raises ValueError."""
    domains: dict[str, Rate] = {}
    for item in by_domain:
        name, equals, rate = item.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{item!r} is not a domain with its rate: write it like outlook.com=20/m.")
        domains[name.strip().lower()] = parse_rate(rate)
    return parse_rate(everything) if everything else None, domains


def grant(rate: Rate, free_at: float, now: float, wanted: int) -> tuple[int, float]:
    """(how many may go now, when the flow is free again). The generic cell rate algorithm: `free_at` moves on by an
    interval a mail and may be ahead of the clock by a burst less one."""
    start = max(free_at, now)
    ahead = (rate.burst - 1) * rate.interval
    room = int((now + ahead - start) / rate.interval + 1 + 1e-9) if start <= now + ahead + 1e-9 else 0
    number = max(0, min(wanted, room))
    return number, start + number * rate.interval
