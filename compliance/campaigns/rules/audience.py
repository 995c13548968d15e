"""Whom a campaign is for, as a value that is stored with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Audience:
    """Nothing chosen means everybody. Several kinds narrow each other; within one, any value will do."""

    countries: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()  # their e-mail addresses
    languages: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # numbers or e-mail addresses
    behind: int = 0  # people of that campaign who were asked by a version that is no longer in force

    @property
    def everybody(self) -> bool:
        return self == Audience()

    def stored(self) -> dict[str, Any]:
        """As JSON, without what is not chosen."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def audience(stored: Mapping[str, Any]) -> Audience:
    """From JSON; unknown names are left out."""
    names = {field.name for field in fields(Audience)} - {"behind"}
    chosen: dict[str, Any] = {name: tuple(value) for name, value in stored.items() if name in names}
    return Audience(**chosen, behind=int(stored.get("behind") or 0))


def listed(text: str) -> tuple[str, ...]:
    """A pasted list of numbers or addresses, one a line or between commas; each once, in order."""
    words: Sequence[str] = text.replace(",", "\n").replace(";", "\n").split("\n")
    return tuple(dict.fromkeys(word.strip().lower() for word in words if word.strip()))
