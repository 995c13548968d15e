"""Sentences that rules, services and workers wrote in English, in the language of whoever reads them.

They are made where nobody knows the reader (a worker, a child process, a rule without Django) and often kept: why a
row was rejected, why a mail failed. `bin/messages.py` finds them in those rooms and puts them into the workplace's
catalogue under CONTEXT, with a named gap where a value stood. Here a text is recognised by its entry and said again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.dateformat import format as format_date
from django.utils.dateparse import parse_date
from django.utils.formats import get_format
from django.utils.translation import get_language, gettext, to_locale
from django.utils.translation import gettext_noop as noop

CONTEXT = "told"
# In gaps: the states of a campaign and of an import.
STATES = frozenset((
    noop("draft"), noop("running"), noop("paused"), noop("closed"), noop("cancelled"),
    noop("planned"), noop("committed"), noop("discarded"), noop("undone"),
))  # fmt: skip
# How higher rooms say what else stands in gaps, such as countries: an English value and a language to words, or None.
READERS: list[Callable[[str, str], str | None]] = []
_GAP = re.compile(r"%\((\w+)\)s")
_SENTENCE_END = re.compile(r"(?<=[.!?:]) ")
_LONGEST, _MOST_PARTS, _LONGEST_RUN = 1_000, 12, 4  # characters of a text, its sentences, those that are one of ours
_FOLLOWS = re.compile(r"[a-z]+ .*\.$")  # part of a sentence that something stands before
_BREAK = r"[.!?] [A-Z“]"
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+")
_ENGLISH_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    strict: re.Pattern[str]  # no gap goes over the end of a sentence
    loose: re.Pattern[str]
    begin: str  # what the English text begins with, before the first gap
    said: str


@dataclass(frozen=True)
class Sentences:
    exact: dict[str, str]
    patterns: tuple[Pattern, ...]


def in_use() -> str:
    """The language that is being spoken, for functions that want to be told."""
    return get_language() or settings.LANGUAGE_CODE


def told(text: object) -> str:
    """The text in the language in use; as it is where no translation is known. Several sentences: each by itself.

    What is longer than anything of ours stays as it is: a mail server's words come from outside, and looking for ours
    in them must cost nothing."""
    english = str(text)
    language = in_use()
    if language == settings.LANGUAGE_CODE or not english or language not in settings.WORKPLACE_LANGUAGES:
        return english
    if len(english) > _LONGEST or len(_SENTENCE_END.findall(english)) >= _MOST_PARTS:
        return english
    return _told(english, language)


@lru_cache(maxsize=5_000)
def _told(english: str, language: str) -> str:
    if (whole := _one(english, language)) is not None:
        return whole
    parts = _SENTENCE_END.split(english)
    said, at, known = [], 0, False
    while at < len(parts):
        for end in range(min(len(parts), at + _LONGEST_RUN), at, -1):
            found = _one(" ".join(parts[at:end]), language)
            if found is not None:
                said.append(found)
                at, known = end, True
                break
        else:
            said.append(parts[at])
            at += 1
    return " ".join(said) if known else _one(english, language, loose=True) or english


def _one(english: str, language: str, *, loose: bool = False) -> str | None:
    known = sentences(language)
    if english in known.exact:
        return known.exact[english]
    for pattern in known.patterns:
        if not english.startswith(pattern.begin):
            continue
        if match := (pattern.loose if loose else pattern.strict).fullmatch(english):
            return pattern.said % {name: _value(value, language) for name, value in match.groupdict().items()}
    return None


def _value(value: str, language: str) -> str:
    """What stood in a gap: a sentence of ours, a state, a place, a day or a number, or somebody's own words."""
    if (inner := sentences(language).exact.get(value) or (_one(value, language) if " " in value else None)) is not None:
        return inner
    if value in STATES:
        return gettext(value)
    if _NUMBER.fullmatch(value):
        return value.replace(",", str(get_format("THOUSAND_SEPARATOR", language)))
    if (day := _ENGLISH_DAY.fullmatch(value)) and day[2] in _MONTHS:
        found = parse_date(f"{day[3]}-{_MONTHS.index(day[2]) + 1:02}-{int(day[1]):02}")
        return format_date(found, str(get_format("DATE_FORMAT", language))) if found else value
    return next((said for reader in READERS if (said := reader(value, language))), value)


@lru_cache(maxsize=8)
def sentences(language: str) -> Sentences:
    """What the compiled catalogue has under CONTEXT; nothing where it was not compiled."""
    path = Path(settings.BASE_DIR) / "config" / "locale" / to_locale(language) / "LC_MESSAGES" / "django.mo"
    if not path.exists():
        return Sentences({}, ())
    with path.open("rb") as file:
        # Babel leaves a context in bytes here.
        ours = [m for m in read_mo(file) if m.id and m.string and m.context in {CONTEXT, CONTEXT.encode()}]
    entries = [(str(m.id), str(m.string)) for m in ours]
    # What the reader of files says follows a file's name.
    entries += [(f"%(file_)s {english}", f"%(file_)s {said}") for english, said in entries if _FOLLOWS.match(english)]
    exact = {english: said for english, said in entries if not _GAP.search(english)}
    gapped = [(english, said) for english, said in entries if _GAP.search(english)]
    # Those with the most words of their own first: the more a pattern says, the less it takes for another.
    gapped.sort(key=lambda entry: -len(_GAP.sub("", entry[0])))
    return Sentences(exact, tuple(_pattern(english, said) for english, said in gapped))


def _pattern(english: str, said: str) -> Pattern:
    seen: set[str] = set()

    def gap(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>(?:(?!{_BREAK}).)*?)"

    parts = re.split(r"(%\(\w+\)s)", english)
    strict = "".join(_GAP.sub(gap, part) if _GAP.fullmatch(part) else re.escape(part) for part in parts)
    loose = strict.replace(f"(?:(?!{_BREAK}).)*?", ".*?")
    return Pattern(re.compile(strict, re.DOTALL), re.compile(loose, re.DOTALL), parts[0], said)
