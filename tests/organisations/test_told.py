"""What was written in English where nobody knew the reader is said again in the reader's language."""

import pytest
from django.utils import translation

from organisations.told import _one as one_sentence
from organisations.told import told

_ANNOUNCED = "X announced that this applies to members in the United Kingdom from 3 November 2025."
_IN_GERMAN = "X hat angekündigt, dass das ab dem 3. November 2025 für Mitglieder hier gilt: Vereinigtes Königreich."


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("The name is empty.", "Der Name fehlt."),
        ("staff.pdf is empty.", "staff.pdf ist leer."),
        ("“Atlantis” is not a country that we know.", "„Atlantis“ ist kein Land, das wir kennen."),
        ("Checking 12,000 rows", "12.000 Zeilen werden geprüft"),
        ("This campaign is closed already.", "Diese Kampagne ist schon in diesem Stand: abgeschlossen."),
        # Sentences in a row, with a day and countries in their gaps.
        (
            f"{_ANNOUNCED} The staff list says Germany; the country on the profile decides.",
            f"{_IN_GERMAN} Die Personalliste sagt Deutschland; das Land im Profil entscheidet.",
        ),
        # A sentence of ours in the gap of another.
        (
            "The checkpoint at entry 1,204 is not signed by the key that it names.",
            "Der Prüfpunkt bei Eintrag 1.204 ist nicht mit dem Schlüssel signiert, den er nennt.",
        ),
        # Somebody's own words, a sign that means something to a format, nothing at all.
        ("Only 5 % of %(name)s", "Only 5 % of %(name)s"),
        ("550 5.1.1 no such user here", "550 5.1.1 no such user here"),
        ("", ""),
    ],
)
def test_a_text_is_recognised_by_its_entry(english: str, german: str) -> None:
    with translation.override("de"):
        assert told(english) == german
    for untouched in ("en", "fr"):  # French is spoken to staff, not at work
        with translation.override(untouched):
            assert told(english) == english


def test_words_from_outside_are_not_searched_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server's reply may be anything: how often it is compared grows with its length, and no faster."""
    compared: list[str] = []
    real = one_sentence

    def counted(text: str, language: str, *, loose: bool = False) -> str | None:
        compared.append(text)
        return real(text, language, loose=loose)

    monkeypatch.setattr("organisations.told._one", counted)
    with translation.override("de"):
        for noise in ("a. " * 11, "a. " * 160, "x" * 5_000):
            compared.clear()
            assert told(noise) == noise
            assert len(compared) <= 60
