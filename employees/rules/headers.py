"""What rosters call their columns, languages, leavers and totals: `data/roster_words.txt`, read once."""

from pathlib import Path

from employees.rules.regions import fold

WORDS_FILE = Path(__file__).resolve().parent.parent / "data" / "roster_words.txt"


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            names = found.setdefault(line[1:-1], [])
        elif line and not line.startswith("# "):
            names += [fold(name) for name in line.split("|") if name.strip()]
    return found


_FOUND = _sections(WORDS_FILE.read_text(encoding="utf-8"))

# Column → its names, the more specific one first.
HEADERS: dict[str, list[str]] = {
    title.removeprefix("column "): names for title, names in _FOUND.items() if title.startswith("column ")
}
# Names that look like ours and never are: private addresses, home countries.
NOT_OURS: frozenset[str] = frozenset(_FOUND["not ours"])
GONE: frozenset[str] = frozenset(_FOUND["gone"])
TOTALS: frozenset[str] = frozenset(_FOUND["totals"])
LANGUAGE_NAMES: dict[str, str] = {
    name: title.removeprefix("language ")
    for title, names in _FOUND.items()
    if title.startswith("language ")
    for name in names
}
