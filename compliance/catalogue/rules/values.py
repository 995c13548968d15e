"""What the engine takes and gives: frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from compliance.catalogue.rules.terms import ASKING, Advice, CollectionMode, Confidence, Status

REST_OF_WORLD = "REST_OF_WORLD"
SELF = "self"


class Subject(NamedTuple):
    """Whom the rules decide about: codes of the roster's region and, where the person named it, of their profile's.

    The platform goes by the profile; the roster is a proxy for it.
    """

    country: str = ""
    subdivision: str = ""
    profile_country: str = ""
    under_18: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """(country, subdivision) that decides."""
        return (self.profile_country, "") if self.profile_country else (self.country, self.subdivision)


@dataclass(frozen=True)
class RegionRule:
    status: Status
    confidence: Confidence
    advice: Advice
    sources: tuple[str, ...]
    note: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class Exemption:
    """Whom a version leaves out wherever they live."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Version:
    """One policy version, its rules by exact code and by a set's codes. In force from `start` until before `end`.

    `start_is` says what the start is: the day it took effect, the day it was announced, or only that of our entry.
    """

    policy: str
    version: str
    platform: str
    start: date
    end: date | None
    by_code: Mapping[str, RegionRule]
    by_set: Mapping[str, RegionRule]
    rest: RegionRule | None
    exemptions: Mapping[str, Exemption]
    start_is: str = "effective"

    def in_force(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True)
class Territory:
    """A code that follows another: `treat_as` is a code, REST_OF_WORLD, or self."""

    treat_as: str
    confidence: Confidence
    ask_person: bool
    reason: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Override:
    """An organisation's counsel decided otherwise about a jurisdiction."""

    mode: CollectionMode
    author: str
    on: date
    reason: str

    @property
    def words(self) -> str:
        return f"Decided by {self.author} on {self.on.day} {self.on:%B %Y}: {self.reason}"


@dataclass(frozen=True)
class CollectionRule:
    """How answers may be collected. `requires` names a field without which a campaign does not start there."""

    mode: CollectionMode
    reason: str
    sources: tuple[str, ...]
    requires: str = ""
    note: str = ""
    overridden: Override | None = None


@dataclass(frozen=True)
class Catalogue:
    """`places` names a country as it stands after "in"."""

    versions: Mapping[str, tuple[Version, ...]]
    territories: Mapping[str, Territory]
    collection: Mapping[str, CollectionRule]
    collection_default: CollectionRule
    places: Mapping[str, str]


class Decision(NamedTuple):
    """What one policy means for one person on one date. `version` is "" when no version is in force."""

    policy: str
    version: str
    status: Status
    advice: Advice
    confidence: Confidence
    collection: CollectionRule
    reason: str
    citations: tuple[str, ...]
    conflict: str

    @property
    def collection_mode(self) -> CollectionMode:
        return self.collection.mode

    @property
    def asks(self) -> bool:
        return self.advice in ASKING
