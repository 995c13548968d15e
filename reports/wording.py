"""What reports say, in the language that is active: sentences computed from figures, and names of rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from employees.names import country_name
from reports.queries.readiness import Readiness
from reports.rules import Figures, Row, cell, share

LANGUAGES = (("en", "English"), ("de", "Deutsch"))  # those that every word of a report has been translated into


def number(value: int) -> str:
    """With the separators of the language."""
    return number_format(value, force_grouping=True)


def shown(value: int, of: int, step: int) -> str:
    """A figure as a table has it: a number, or what stands where it may not."""
    return cell(value, of, step) or number(value)


class Named(NamedTuple):
    """A row of a table with its name; `note` lists what a merged row holds."""

    name: str
    row: Row
    note: str
    share: str


def region_name(row: Row) -> str:
    if not row.merged:
        return _country(row.codes[0])
    return ngettext("%(number)s smaller country", "%(number)s smaller countries", len(row.codes)) % {
        "number": number(len(row.codes))
    }


def _country(code: str) -> str:
    return country_name(code, get_language() or "en") if code else _("Country not known")


def named_regions(rows: Sequence[Row], step: int) -> list[Named]:
    def note(row: Row) -> str:
        return ", ".join(sorted(map(_country, row.codes))) if row.merged else ""

    return [Named(region_name(row), row, note(row), _share(row.figures, step)) for row in rows]


def named_groups(rows: Sequence[Row], step: int, *, languages: bool = False) -> list[Named]:
    """Departments, or languages of the mails."""
    empty = _("Language of the country") if languages else _("No department given")

    def name(row: Row) -> str:
        if not row.merged:
            return (language_name(row.codes[0]) if languages else row.codes[0]) or empty
        return ngettext("%(number)s smaller group", "%(number)s smaller groups", len(row.codes)) % {
            "number": number(len(row.codes))
        }

    return [Named(name(row), row, "", _share(row.figures, step)) for row in rows]


def language_name(code: str) -> str:
    """A language's own name for people who read the report; the code itself where CLDR has none."""
    try:
        name = Locale.parse(code.replace("-", "_")).get_display_name((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return code
    return name or code


def _share(figures: Figures, step: int) -> str:
    return share(figures.confirmed, figures.asked, step)


def _single(regions: Sequence[Named], least: int = 1) -> list[Named]:
    """Countries that stand for themselves: a sentence names no mixed group, and none with fewer than `least` people."""
    return [item for item in regions if item.row.figures.asked >= least and not item.row.merged]


def headline(found: Readiness, regions: Sequence[Named]) -> str:
    """The sentence on top: how far, and who is furthest behind; and one on people who are in no figure any more."""
    text = _how_far(found, regions)
    if found.erased:
        text += " " + ngettext(
            "The data of %(people)s more who was invited have been erased, and are in no figure.",
            "The data of %(people)s more who were invited have been erased; they are in no figure.",
            found.erased,
        ) % {"people": number(found.erased)}
    return text


def _how_far(found: Readiness, regions: Sequence[Named]) -> str:
    total = found.total
    if not total.asked:
        return _("Nobody has been asked yet.")
    if found.too_few:
        return _("%(asked)s asked: too few people to show their answers.") % {"asked": number(total.asked)}
    facts = {"share": share(total.confirmed, total.asked, found.step), "asked": number(total.asked)}
    if not total.confirmed and found.step > 1:
        facts["step"] = number(found.step)
        return _("Fewer than %(step)s of %(asked)s people asked have confirmed.") % facts
    text = _("%(share)s of %(asked)s people asked have confirmed.") % facts
    ranked = sorted(_single(regions, 4 * found.step), key=lambda item: item.row.figures.readiness or 0)
    if len(ranked) > 1 and (ranked[0].row.figures.readiness or 0) < (total.readiness or 0):
        text += " " + _("Lowest: %(place)s, %(share)s.") % {"place": ranked[0].name, "share": ranked[0].share}
    return text


def findings(found: Readiness, regions: Sequence[Named], on: date) -> list[str]:
    """Plain sentences computed from the figures, most important first."""
    if not found.total.asked or found.too_few:
        return [headline(found, regions)]
    return [*_answers(found), *_places(regions), *_mails(found), *_days(found, on)]


def _answers(found: Readiness) -> Iterator[str]:
    total, step = found.total, found.step
    facts = {
        "asked": number(total.asked),
        "confirmed": shown(total.confirmed, total.asked, step),
        "answered": shown(total.answered, total.asked, step),
        "rate": share(total.answered, total.asked, step),
        "rest": number(total.unanswered),
        "declined": number(total.declined),
        "open": number(total.open),
        "informed": number(total.informed),
        "offered": number(total.offered),
        "taken": shown(total.taken, total.offered, step),
        "counted": number(total.counted),
    }
    yield _("%(confirmed)s of %(asked)s people asked say that it is off, or that they have no account.") % facts
    yield _("%(answered)s answered (%(rate)s); of %(rest)s no answer is shown.") % facts
    if total.declined:
        yield _("%(declined)s keep the setting on or would rather not say. That is their choice.") % facts
    if total.open:
        yield _("%(open)s need help or cannot find the setting.") % facts
    if total.counted:
        yield _("%(counted)s answered where answers are only counted; what they said is not published yet.") % facts
    if total.informed:
        yield _("%(informed)s were informed and not asked, because local law protects personal accounts.") % facts
    if total.offered:
        yield _("%(offered)s were offered an optional step; %(taken)s say that they took it.") % facts


def _places(regions: Sequence[Named]) -> Iterator[str]:
    behind = max(_single(regions), key=lambda item: item.row.figures.unanswered, default=None)
    if behind and behind.row.figures.unanswered and len(regions) > 1:
        yield _("Most answers are outstanding here: %(place)s, %(rest)s of %(asked)s.") % {
            "place": behind.name,
            "rest": number(behind.row.figures.unanswered),
            "asked": number(behind.row.figures.asked),
        }


def _mails(found: Readiness) -> Iterator[str]:
    total = found.total
    missed = total.asked + total.informed - total.reached - total.unclear
    if missed > 0:
        yield ngettext(
            "%(number)s person was not reached by any mail: none had gone out, or all came back.",
            "%(number)s people were not reached by any mail: none had gone out, or all came back.",
            missed,
        ) % {"number": number(missed)}


def _days(found: Readiness, on: date) -> Iterator[str]:
    if not found.effective:
        return
    start = min(found.effective.values())
    days = (on - start).days
    if days >= 0:
        text = ngettext(
            "The change has been in effect for %(days)s day; an opt-out does not reach back.",
            "The change has been in effect for %(days)s days; an opt-out does not reach back.",
            days,
        )
    else:
        text = ngettext("The change takes effect in %(days)s day.", "The change takes effect in %(days)s days.", -days)
    yield text % {"days": number(abs(days))}


def chart_title(found: Readiness, regions: Sequence[Named]) -> str:
    """The finding that the bars by region show."""
    asked = [item for item in regions if item.row.figures.asked]
    if not asked:
        return _("Nobody has been asked yet")
    if not found.total.unanswered:
        return _("Everybody asked has answered")
    most = max(_single(asked) or asked, key=lambda item: item.row.figures.unanswered)
    return _("Most answers are outstanding here: %(place)s") % {"place": most.name}


def line_title(found: Readiness) -> str:
    """The finding that the line shows: how far it was on the day of the change."""
    before = sum(found.before.values())
    facts = {
        "before": shown(before, found.total.asked, found.step),
        "share": share(before, found.total.asked, found.step),
    }
    return _("%(before)s people (%(share)s of those asked) had confirmed before the change took effect") % facts


def changes(found: Mapping[str, int | None]) -> list[str]:
    """What was added since the report before, of what both show; nothing to say of what one of them holds back."""
    names = {
        "asked": _("asked"), "confirmed": _("confirmed"), "declined": _("declined"), "open": _("need help"),
        "counted": _("answered, not published yet"), "informed": _("informed only"),
    }  # fmt: skip
    lines = [f"{value:+,} {names[name]}" for name, value in found.items() if value]
    if found and not lines:
        lines.append(_("no difference that may be shown"))
    return lines
