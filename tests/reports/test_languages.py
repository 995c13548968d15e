"""Reports in the languages of the mails: numbers and days as CLDR has them, sentences with all their forms."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import to_locale

from reports import localised
from reports.wording import LANGUAGES, occasion

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
GAP = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> Catalog:
    path = Path(settings.BASE_DIR) / "reports" / "locale" / to_locale(language) / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=to_locale(language))


def forms_of(message: Message) -> list[str]:
    words = message.string or ""
    return [words] if isinstance(words, str) else list(words)


def test_reports_can_be_had_in_every_language_of_the_mails() -> None:
    assert [code for code, _name in LANGUAGES] == ["en", *OTHERS]


@pytest.mark.parametrize(
    ("language", "number", "share", "day", "moment"),
    [
        ("en", "12,400", "<17 %", "3 November 2025", "3 Nov 2025, 08:05"),
        ("de", "12.400", "<17\xa0%", "3. November 2025", "03.11.2025, 08:05"),
        ("fr", "12\u202f400", "<17\u202f%", "3 novembre 2025", "3 nov. 2025, 08:05"),
        ("hu", "12\xa0400", "<17%", "2025. november 3.", "2025. nov. 3. 8:05"),
        ("ja", "12,400", "<17%", "2025年11月3日", "2025/11/03 8:05"),
        ("pt", "12\xa0400", "<17%", "3 de novembro de 2025", "03/11/2025, 08:05"),
    ],
)
def test_numbers_and_days(language: str, number: str, share: str, day: str, moment: str) -> None:
    with translation.override(language):
        assert localised.number(12400) == number
        assert localised.percent("<17 %").replace("\u202f", "\xa0") == share.replace("\u202f", "\xa0")
        assert localised.day(date(2025, 11, 3)) == day
        assert localised.moment(datetime(2025, 11, 3, 8, 5, tzinfo=UTC)) == moment
        assert (localised.percent("–"), localised.moment(None), localised.signed(0)) == ("–", "–", "±0")


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_keeps_every_gap_and_has_every_form(language: str) -> None:
    found = catalogue(language)
    for message in found:
        forms = forms_of(message)
        if not message.id or not any(forms):
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        assert all(forms), ids
        if len(ids) > 1:
            assert len(forms) == found.num_plurals, ids
        for form in forms:
            assert set(GAP.findall(form)) == set(GAP.findall(ids[-1])), (ids, form)


def test_german_is_whole() -> None:
    assert [item.id for item in catalogue("de") if item.id and not all(forms_of(item))] == []


def test_why_a_report_was_due_is_said_in_its_language() -> None:
    with translation.override("de"):
        assert occasion("before 2025-11-03", "milestones") == "7 Tage vor der Änderung vom 3. November 2025"
        assert occasion("2025-11-03", "monthly") == "jeden Monat"
    assert occasion("end", "milestones") == "the campaign’s end"
