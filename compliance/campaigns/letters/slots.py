"""The places in a mail where an organisation may put its own words. The steps and what the law asks for are not among
them: nobody can edit away that answering is voluntary."""

import re
from dataclasses import dataclass

SUBJECT, INTRO, CLOSING = "subject", "intro", "closing"
_VARIABLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Slot:
    key: str
    label: str
    hint: str
    longest: int


SLOTS = (
    Slot(SUBJECT, "Subject", "One line. Reminders put a word in front of it.", 120),
    Slot(INTRO, "Opening", "Stands after the greeting, before what the platform does.", 1500),
    Slot(CLOSING, "Closing", "Stands after the steps.", 1500),
)
VARIABLES = {
    "organisation": "your organisation’s name",
    "platform": "the platform’s name, or several with commas",
    "last_day": "the last day on which the link works",
    "contact": "the address for questions",
}


class BadText(ValueError):
    """A text that cannot be used; the message says why."""


def checked(slot: str, text: str) -> str:
    """The text as it may be kept. Raises BadText for an unknown variable, a line break in the subject, or length."""
    known = next(item for item in SLOTS if item.key == slot)
    text = text.strip().replace("\r\n", "\n")
    if len(text) > known.longest:
        raise BadText(f"Use at most {known.longest} characters; these are {len(text)}.")
    if slot == SUBJECT and "\n" in text:
        raise BadText("A subject is one line.")
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            allowed = ", ".join(f"{{{name}}}" for name in VARIABLES)
            raise BadText(f"{{{name}}} is not known. These are: {allowed}.")
    if "xGAPx" in text:
        raise BadText("The text holds a word that we need for ourselves: xGAPx.")
    return text


def filled(text: str, values: dict[str, str]) -> str:
    """The variables replaced; other braces stay as they are. Nothing of the text is ever evaluated."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def paragraphs(text: str) -> list[str]:
    """Parts between empty lines, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]
