"""Receipts, choices, the throttle, and what is counted without names. Pure: randomness and clocks are arguments."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from compliance.catalogue.rules import ASKING, COLLECTING, CollectionMode, Outcome, overall


class HelpState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Closing(StrEnum):
    """Why a helper closed a request."""

    SOLVED = "solved"
    ELSEWHERE = "elsewhere"  # helped by telephone or in person
    SILENT = "silent"  # answered, and nothing came back
    NOT_OURS = "not_ours"  # nothing that the organisation can help with


FIRST_NAME, POLICY = "{first name}", "{policy}"
_GAP = re.compile(r"\{[^{}\n]*\}")


def strange_gaps(text: str) -> list[str]:
    """Gaps that nothing fills, as they stand in the text."""
    return [gap for gap in dict.fromkeys(_GAP.findall(text)) if gap not in {FIRST_NAME, POLICY}]


def filled(text: str, *, name: str, policy: str) -> str:
    """A template's text with its gaps filled. Of “Lovelace, Ada” the first name is what follows the comma."""
    first = (name.partition(",")[2] or name).split()
    return text.replace(FIRST_NAME, first[0] if first else name).replace(POLICY, policy)


# --- What a page asks ------------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """One policy version put to a person, as the page needs it. `answers` are those that fit it."""

    request: int
    version: int
    status: str
    advice: str
    mode: str
    answered: bool
    about: str  # policy/version
    answers: tuple[str, ...]

    @property
    def collects(self) -> bool:
        return self.mode in COLLECTING and bool(self.answers)

    @property
    def anonymous(self) -> bool:
        return self.mode == CollectionMode.ANONYMOUS_COUNT

    @property
    def optional(self) -> bool:
        return self.advice not in ASKING

    @property
    def field(self) -> str:
        """The name of its choice in the form: alike for everybody who is asked the same."""
        return f"answer-{self.version}"


def chosen(asked: Sequence[Asked], given: Mapping[str, str]) -> dict[int, str] | None:
    """Answers by request id from a form's values; an optional one that was left out is not among them. None where the
    form is not complete, or holds an answer that does not fit."""
    answers: dict[int, str] = {}
    for ask in asked:
        answer = given.get(ask.field, "")
        if answer in ask.answers:
            answers[ask.request] = answer
        elif answer or not ask.optional:
            return None
    return answers or None


# --- Receipts --------------------------------------------------------------------------------------------------------

RECEIPT_BYTES = 10


def receipt_code(random: bytes) -> str:
    """A code that a person can keep and read out: 80 random bits as four groups of four. It stands in the evidence
    entry of the answer, and says nothing by itself."""
    text = base64.b32encode(random[:RECEIPT_BYTES]).decode()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


_LOOKALIKES = str.maketrans("018", "OIB")


def read_receipt(text: str) -> str:
    """A code as somebody typed it, in the form in which it is kept; "" where it cannot be one."""
    letters = "".join(sign for sign in text.upper() if sign.isalnum()).translate(_LOOKALIKES)
    if len(letters) != 16 or not set(letters) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return ""
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def statement_hash(language: str, text: str) -> str:
    """SHA-256 over the language, a NUL and the words of the page, hexadecimal."""
    return hashlib.sha256(f"{language}\0{text}".encode()).hexdigest()


@dataclass(frozen=True)
class Shown:
    """The page's words as they stood before somebody's eyes, with gaps for what is personal."""

    language: str
    text: str
    sha256: str

    @classmethod
    def of(cls, language: str, text: str) -> "Shown":
        return cls(language, text, statement_hash(language, text))


# --- Counting without names ------------------------------------------------------------------------------------------


def outcome_of(asked: Sequence[Asked], answers: Mapping[int, str]) -> Outcome | None:
    """What one person adds to the tally: the outcome over everything that was asked; None for optional extras alone."""
    required = [answers[ask.request] for ask in asked if not ask.optional and ask.request in answers]
    return overall(required) if required else None


FEWEST = 3  # people more that a publication needs, however small an organisation sets its smallest group


def publishable(counted: int, published: int, minimum: int) -> bool:
    """Whether a country's tally may be published again. What is left at the end of a campaign stays unpublished: a
    remainder of one would be somebody's answer."""
    return counted - published >= max(FEWEST, minimum)
