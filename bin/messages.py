"""Brings locale/*/LC_MESSAGES/django.po in line with the sentences that staff read, reports/locale with those of the
reports and config/locale with those of the workplace, and compiles what is translated.

.venv/bin/python bin/messages.py update    after a sentence was added, changed or taken away
.venv/bin/python bin/messages.py compile   makes the .mo files (bin/setup does it)
"""

import ast
import io
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402
from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.extract import extract  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils.translation import to_locale  # noqa: E402
from django.utils.translation.template import templatize  # noqa: E402

django.setup()

from spoken import spoken  # noqa: E402

from compliance.catalogue.gateways import read_catalogue  # noqa: E402 - Django first

TEMPLATES = ("attestations", "mail")
SINGLE = (
    *(f"templates/components/{name}.html" for name in ("errors", "field", "field_notes")),
    "templates/link_base.html",
    "templates/campaigns/stop.html",
    "templates/campaigns/stop_unknown.html",
    "templates/campaigns/notices.html",
)
PYTHON = (
    "compliance/catalogue/wording.py", "compliance/attestations/**/*.py", "compliance/campaigns/letters/*.py",
    "compliance/campaigns/sure_form.py",
)  # fmt: skip
REPORTS = (
    "reports/composing.py", "reports/wording.py", "reports/sheets.py", "reports/handing_out.py",
    "reports/services/mailing.py",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "reports" / "kinds").glob("*.py")),
)  # fmt: skip
WORKPLACE_LANGUAGES = tuple(code for code in settings.WORKPLACE_LANGUAGES if code != "en")
# Workplace pages that stand beside those of staff.
WORKPLACE_OF_STAFF = (
    "templates/attestations/erase.html", "templates/attestations/help_*.html", "templates/attestations/_closed.html",
    "templates/mail/colleague.txt",
    "templates/mail/checkpoint.txt",
)  # fmt: skip
WORKPLACE_PYTHON_OF_STAFF = (
    *(f"compliance/attestations/{name}.py" for name in ("help_forms", "help_words", "timeline")),
    *(f"compliance/attestations/views/{name}.py" for name in ("helping", "person", "subjects")),
)  # fmt: skip
# Files that speak to both: the functions in them that only the workplace meets.
WORKPLACE_PARTS = {
    "compliance/attestations/services/helping.py": {
        "_open", "_held", "take_help", "assign_help", "answer_help", "close_help", "reopen_help",
    },
}  # fmt: skip
UNDER_18 = "under_18"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "noop": None,
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER: dict[str, Any] = {
    "project": "Offswitch", "version": "", "charset": "utf-8", "fuzzy": False, "header_comment": "# What staff read.",
    "creation_date": datetime(2026, 11, 22, tzinfo=UTC), "revision_date": datetime(2026, 11, 22, tzinfo=UTC),
    "last_translator": "", "language_team": "", "msgid_bugs_address": "",
}  # fmt: skip
# Modules that write for a reader they do not know: what they say is translated where it is shown.
TOLD = (
    "organisations/rules/log_words.py", "organisations/rules/auditing.py", "organisations/services/*.py",
    "organisations/gateways/pictures.py",
    "employees/rules/p*.py", "employees/reader/*.py", "employees/gateways/emails.py", "employees/gateways/files.py",
    "employees/services/*.py",
    "compliance/catalogue/rules/engine.py", "compliance/catalogue/rules/values.py", "compliance/catalogue/wording.py",
    "compliance/campaigns/rules/terms.py", "compliance/campaigns/services/**/*.py",
    "compliance/campaigns/gateways/[ceos]*.py", "compliance/campaigns/letters/slots.py",
    "compliance/campaigns/views/running.py",
    "compliance/attestations/forms.py", "compliance/catalogue/schema.py",
    "compliance/attestations/services/erasing.py", "compliance/attestations/services/helping.py",
    "reports/rules/kinds.py", "reports/rules/schedules.py", "reports/services/*.py", "reports/kinds/*.py",
    "reports/gateways/pdf.py", "reports/queries/*.py",
)  # fmt: skip
Found = tuple[str, int, object, list[str], str | None]


def sentences() -> Catalog:
    """Everything that staff can be shown, as a template catalogue."""
    return _collected(sorted(_found(), key=lambda found: (found[0], found[1])))


def _collected(found: Iterable[Found]) -> Catalog:
    catalogue = Catalog(fuzzy=False)
    for place, _line, words, comments, context in found:
        # A plural that is also said alone is one entry, so that both are translated alike.
        catalogue.add(words, locations=[(place, 0)], auto_comments=comments, context=context)  # type: ignore[arg-type]
    return catalogue


def _globbed(patterns: Iterable[str]) -> list[Path]:
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def _staff_files() -> list[Path]:
    templates = _globbed([*(f"templates/{name}/*.html" for name in TEMPLATES), *SINGLE])
    own = {*_globbed(WORKPLACE_OF_STAFF), *_globbed(WORKPLACE_PYTHON_OF_STAFF)}
    return [path for path in [*_globbed(PYTHON), *templates] if path not in own]


def _report_files() -> list[Path]:
    return [*_globbed(REPORTS), *_globbed(["templates/reports/pdf/*.html", "templates/mail/report.txt"])]


def _found() -> Iterator[Found]:
    for path in _staff_files():
        yield from _part(path, workplace=False)
    yield from _in_catalogue()


def _part(path: Path, *, workplace: bool) -> Iterator[Found]:
    """What a file says to the workplace, or what it says to staff."""
    names = WORKPLACE_PARTS.get(path.relative_to(ROOT).as_posix(), set())
    body = ast.parse(path.read_bytes()).body if names else []
    parts = [
        range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names
    ]
    for found in _in_file(path):
        if any(found[1] in lines for lines in parts) == workplace:
            yield found


def report_sentences() -> Catalog:
    """Everything that a report says in its own language."""
    return _collected(item for path in _report_files() for item in _in_file(path))


def workplace_sentences() -> Catalog:
    """Everything else: what those who work here read. What staff or reports say too is translated there, once."""
    rooms = ("config", "organisations", "employees", "compliance", "reports")
    files = [*_globbed(f"{room}/**/*.py" for room in rooms), *_globbed(["templates/**/*.html", "templates/**/*.txt"])]
    others = {*_staff_files(), *_report_files()}
    own = [item for path in files if path not in others for item in _in_file(path)]
    found = _collected([*own, *(item for path in _globbed(WORKPLACE_PARTS) for item in _part(path, workplace=True))])
    for path in _globbed(TOLD):
        place = path.relative_to(ROOT).as_posix()
        for _line, words in spoken(path.read_text(encoding="utf-8")):
            found.add(words, locations=[(place, 0)], context="told")
    for reason in _rules_of_asking():
        found.add(reason, locations=[("catalogue/collection", 0)], context="told")
    for elsewhere in (sentences(), report_sentences()):
        for message in elsewhere:
            same = found.get(message.id, message.context) if message.id else None
            if same is not None and bool(same.pluralizable) == bool(message.pluralizable):
                found.delete(message.id, message.context)
    return found


def _rules_of_asking() -> list[str]:
    """Why answers are collected as they are, place by place; the notes on single statutes stay as they are cited."""
    collection = read_catalogue().collection
    return sorted({collection.default.reason, *(rule.reason for rule in collection.rules)})


def _in_file(path: Path) -> Iterator[Found]:
    if path.suffix == ".py":
        yield from _in_python(path.relative_to(ROOT).as_posix(), path.read_bytes())
    else:
        yield from _in_template(path)


def _in_template(path: Path) -> Iterator[Found]:
    place = path.relative_to(ROOT).as_posix()
    code = templatize(path.read_text(encoding="utf-8"), origin=place)
    yield from _in_python(place, "\n".join(line.strip() for line in code.splitlines()).encode())


def _in_python(place: str, content: bytes) -> Iterator[Found]:
    for line, words, comments, context in extract("python", io.BytesIO(content), KEYWORDS, ["Translators:"]):
        yield place, line, words, comments, context


def _in_catalogue() -> Iterator[Found]:
    """The catalogue's own sentences about policies."""
    for policy in read_catalogue().policies:
        place = f"catalogue/{policy.id}"
        texts = [policy.title, policy.headline, policy.summary]
        for version in policy.versions:
            texts += [item.text for item in (*version.opt_out.does, *version.opt_out.does_not, *version.extra_actions)]
            texts += [item.text for item in version.exemptions if item.who == UNDER_18]
        for number, text in enumerate(dict.fromkeys(filter(None, texts))):
            yield place, number, text, [], None


def po_path(language: str, room: str = "") -> Path:
    return ROOT / room / "locale" / to_locale(language) / "LC_MESSAGES" / "django.po"


def read(language: str, room: str = "") -> Catalog:
    """The translations of a language as they are."""
    path = po_path(language, room)
    if not path.exists():
        comment = "# What a report says." if room else HEADER["header_comment"]
        return Catalog(locale=to_locale(language), **HEADER | {"header_comment": comment})
    with path.open("rb") as file:
        return read_po(file, locale=to_locale(language))


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def update() -> None:
    staff, board = sentences(), report_sentences()
    for language in languages():
        _update(language, staff)
        _update(language, board, "reports")
    for language in WORKPLACE_LANGUAGES:
        _update(language, workplace_sentences(), "config")


def _update(language: str, template: Catalog, room: str = "") -> None:
    translated = read(language, room)
    translated.update(template, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    translated.obsolete.clear()
    path = po_path(language, room)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, translated, width=120, omit_header=False, sort_output=True, include_lineno=False)
    missing = sum(1 for message in translated if message.id and not is_translated(message))
    print(f"{room} {language}: {len(translated)} sentences, {missing} to translate")


def is_translated(message: Message) -> bool:
    """With every plural form of the language."""
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _translated(language: str, room: str) -> Catalog:
    """What has every form: of a plural without words a .mo file would keep the English ones, by another rule."""
    whole = read(language, room)
    for message in [message for message in whole if message.id and not is_translated(message)]:
        whole.delete(message.id, message.context)
    return whole


def compile_all() -> None:
    of_rooms = {"": languages(), "reports": languages(), "config": WORKPLACE_LANGUAGES}
    for language, room in [(code, room) for room, codes in of_rooms.items() for code in codes]:
        if po_path(language, room).exists():
            with po_path(language, room).with_suffix(".mo").open("wb") as file:
                write_mo(file, _translated(language, room))


if __name__ == "__main__":
    {"update": update, "compile": compile_all}[sys.argv[1]]()
