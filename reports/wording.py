"""What reports say, in the language that is active: sentences computed from figures, and names of rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.schema import SourceEntry
from employees.names import country_name
from reports.localised import day, number, percent, signed
from reports.queries.readiness import PolicyRow, Readiness
from reports.rules import Bar, Figures, Rhythm, Row, bars, cell, off_the_map
from reports.rules import share as plain_share

_SHADES = ("0–19 %", "20–39 %", "40–59 %", "60–79 %", "80–100 %")  # a fifth of readiness each
LANGUAGES = tuple(settings.LANGUAGES)  # those of the mails; what is not translated yet stands in English


def shown(value: int, of: int, step: int) -> str:
    """A figure as a table has it: a number, or what stands where it may not."""
    return cell(value, of, step) or number(value)


def share(value: int, of: int, step: int) -> str:
    """A whole percentage as the language writes it; see `reports.rules.share`."""
    return percent(plain_share(value, of, step))


def people(value: int, step: int) -> int:
    """The number that decides a sentence's plural: "<5" goes by the five."""
    return value or step


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


def _single(regions: Sequence[Named]) -> list[Named]:
    """Countries that stand for themselves: a sentence names no mixed group, and none where nobody was asked."""
    return [item for item in regions if item.row.figures.asked and not item.row.merged]


def headline(found: Readiness, regions: Sequence[Named]) -> str:
    """The sentence on top: how far, and who is furthest behind; and one on people who are in no figure any more."""
    text = _how_far(found, regions)
    if found.erased:
        text += " " + erased_text(found.erased)
    return text


def erased_text(people: int) -> str:
    return ngettext(
        "%(people)s more person had been invited; that person’s data have been erased and are in no figure.",
        "%(people)s more people had been invited; their data have been erased and are in no figure.",
        people,
    ) % {"people": number(people)}


def _how_far(found: Readiness, regions: Sequence[Named]) -> str:
    total = found.total
    if not total.asked:
        return _("Nobody has been asked yet.")
    if found.too_few:
        return ngettext(
            "%(asked)s person was asked: too few to show answers.",
            "%(asked)s people were asked: too few to show their answers.",
            total.asked,
        ) % {"asked": number(total.asked)}
    text = have_confirmed(total, found.step)
    lowest = _lowest(regions, 4 * found.step)
    if lowest and (lowest.row.figures.readiness or 0) < (total.readiness or 0):
        text += " " + _("Lowest: %(place)s, %(share)s.") % {"place": lowest.name, "share": lowest.share}
    return text


def have_confirmed(figures: Figures, step: int) -> str:
    """Of people of whom some were asked."""
    facts = {"share": share(figures.confirmed, figures.asked, step), "asked": number(figures.asked)}
    if not figures.confirmed and step > 1:
        return _("Fewer than %(step)s of %(asked)s people asked have confirmed.") % {**facts, "step": number(step)}
    return _("%(share)s of %(asked)s people asked have confirmed.") % facts


def _lowest(regions: Sequence[Named], least: int) -> Named | None:
    """The country furthest behind of all that the table names; None where it has fewer than `least` people: there the
    steps alone may put it last. None where two of them are too low to be shown: which is lower is not known."""
    ranked = sorted(_single(regions), key=lambda item: item.row.figures.readiness or 0)
    known = len(ranked) > 1 and ranked[1].row.figures.confirmed > 0
    return ranked[0] if known and ranked[0].row.figures.asked >= least else None


def findings(found: Readiness, regions: Sequence[Named], on: date) -> list[str]:
    """Plain sentences computed from the figures, most important first."""
    if not found.total.asked or found.too_few:
        return [headline(found, regions)]
    return [*_answers(found), *_places(regions), *_mails(found), *_days(found, on)]


def _answers(found: Readiness) -> Iterator[str]:
    total, step = found.total, found.step
    yield ngettext(
        "%(confirmed)s of %(asked)s people asked says that it is off, or that there is no account.",
        "%(confirmed)s of %(asked)s people asked say that it is off, or that they have no account.",
        people(total.confirmed, step),
    ) % {"confirmed": shown(total.confirmed, total.asked, step), "asked": number(total.asked)}
    yield from told(total, step)
    if total.counted:
        yield ngettext(
            "%(counted)s person answered where answers are only counted; the outcome is not published yet.",
            "%(counted)s people answered where answers are only counted; the outcome is not published yet.",
            total.counted,
        ) % {"counted": number(total.counted)}
    if total.offered:
        yield ngettext(
            "%(offered)s person was offered an optional step; taken by: %(taken)s.",
            "%(offered)s people were offered an optional step; taken by: %(taken)s.",
            total.offered,
        ) % {"offered": number(total.offered), "taken": shown(total.taken, total.offered, step)}


def told(figures: Figures, step: int) -> Iterator[str]:
    """Sentences on what was answered that a whole report and a region's sheet share."""
    facts = {
        "answered": shown(figures.answered, figures.asked, step),
        "rate": share(figures.answered, figures.asked, step),
        "rest": number(figures.unanswered),
    }
    yield (
        ngettext(
            "%(answered)s person answered (%(rate)s); of %(rest)s no answer is shown.",
            "%(answered)s people answered (%(rate)s); of %(rest)s no answer is shown.",
            people(figures.answered, step),
        )
        % facts
    )
    if figures.declined:
        yield ngettext(
            "%(declined)s person keeps the setting on or would rather not say. That is everybody’s own choice.",
            "%(declined)s people keep the setting on or would rather not say. That is everybody’s own choice.",
            figures.declined,
        ) % {"declined": number(figures.declined)}
    if figures.open:
        yield ngettext(
            "%(open)s person needs help or cannot find the setting.",
            "%(open)s people need help or cannot find the setting.",
            figures.open,
        ) % {"open": number(figures.open)}
    if figures.informed:
        yield ngettext(
            "%(informed)s person was informed and not asked, because local law protects personal accounts.",
            "%(informed)s people were informed and not asked, because local law protects personal accounts.",
            figures.informed,
        ) % {"informed": number(figures.informed)}


def _places(regions: Sequence[Named]) -> Iterator[str]:
    behind = max(_single(regions), key=lambda item: item.row.figures.unanswered, default=None)
    if behind and behind.row.figures.unanswered and len(regions) > 1:
        yield _("Most answers are outstanding here: %(place)s, %(rest)s of %(asked)s.") % {
            "place": behind.name,
            "rest": number(behind.row.figures.unanswered),
            "asked": number(behind.row.figures.asked),
        }


def not_reached(total: Figures) -> int:
    return max(0, total.asked + total.informed - total.reached - total.unclear)


def _mails(found: Readiness) -> Iterator[str]:
    total = found.total
    missed = not_reached(total)
    if missed:
        yield ngettext(
            "No mail reached %(number)s person: none had gone out, or all came back.",
            "No mail reached %(number)s people: none had gone out, or all came back.",
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


def chart_title(regions: Sequence[Named]) -> str:
    """The finding that the bars by region show."""
    asked = [item for item in regions if item.row.figures.asked]
    if not asked:
        return _("Nobody has been asked yet")
    if not any(item.row.figures.unanswered for item in asked):
        return _("Everybody asked has answered")
    most = max(_single(asked) or asked, key=lambda item: item.row.figures.unanswered)
    return _("Most answers are outstanding here: %(place)s") % {"place": most.name}


def map_key(rows: Sequence[Row]) -> dict[str, Any]:
    """What stands below the map of squares."""
    return {
        "shades": [percent(text) for text in _SHADES],
        "merged": any(row.merged for row in rows),
        "off_map": [region_name(Row((code,), Figures())) for code in off_the_map(rows)],
    }


def region_note(asked: Sequence[Named]) -> str:
    """Why no bars by region stand there: everybody asked is in one row."""
    if len(asked) != 1:
        return ""
    if asked[0].row.merged:
        return _("Too few people were asked to show countries apart; all are counted together.")
    return _("Everybody asked is in one country: %(place)s.") % {"place": asked[0].name}


def policy_name(version: PolicyVersion) -> str:
    """Titles are translated with the employee's page."""
    return f"{version.policy.platform}: {_(version.policy.title)}, {version.key}"


def policy_bars(policies: Sequence[PolicyRow], step: int) -> tuple[Bar, ...]:
    """None for one: it has the figures of the whole."""
    named = [(policy_name(item.version), Row((item.version.key,), item.figures)) for item in policies]
    return bars(named, step) if len(named) > 1 else ()


def policies_note(found: Readiness) -> str:
    """Why not every policy has figures of its own."""
    if not found.held or found.too_few or not found.total.asked:
        return ""
    if found.policies:
        return _(
            "Some policies are not listed: next to the campaign’s figures, theirs could tell what a few people "
            "answered."
        )
    return _(
        "Policies are not shown one by one: next to the campaign’s figures, theirs could tell what a few people "
        "answered."
    )


def line_title(found: Readiness) -> str:
    """The finding that the line shows: how far it was on the day of the change."""
    before, asked = sum(found.before.values()), found.total.asked
    return ngettext(
        "%(before)s person (%(share)s of those asked) had confirmed before the change took effect",
        "%(before)s people (%(share)s of those asked) had confirmed before the change took effect",
        people(before, found.step),
    ) % {"before": shown(before, asked, found.step), "share": share(before, asked, found.step)}


def next_steps(found: Readiness) -> list[str]:
    """What would help now, by the figures shown; the most pressing first."""
    return list(_next_steps(found))


def _next_steps(found: Readiness) -> Iterator[str]:
    total, missed = found.total, not_reached(found.total)
    if total.open:
        yield ngettext(
            "Help %(number)s person who cannot go on alone: the setting cannot be found, the form was refused, or help "
            "was asked for.",
            "Help %(number)s people who cannot go on alone: the setting cannot be found, the form was refused, or help "
            "was asked for.",
            total.open,
        ) % {"number": number(total.open)}
    if missed:
        yield ngettext(
            "Reach %(number)s person by another way: a corrected address, or a printed notice.",
            "Reach %(number)s people by another way: a corrected address, or a printed notice.",
            missed,
        ) % {"number": number(missed)}
    if total.unanswered:
        yield _(
            "Let managers remind their whole team, and give time for it. Nobody should be asked what they answered, or "
            "whether."
        )
    yield _("Keep this report with its evidence: it shows what was done, when, and on what grounds.")


def source_kind(source: SourceEntry) -> str:
    """What kind of thing is cited, where it has no title."""
    if source.file:
        return _("source document %(file)s") % {"file": source.file}
    return {
        "platform": _("the platform’s own text"),
        "regulator": _("a regulator’s text"),
        "government": _("a government’s text"),
        "press": _("press"),
        "statute": _("statute"),
        "seed": _("source document"),
    }[source.kind]


def changes(found: Mapping[str, int | None]) -> list[str]:
    """What was added since the report before, of what both show; nothing to say of what one of them holds back."""
    names = {
        "asked": _("Asked"), "confirmed": _("Confirmed"), "declined": _("Declined"), "open": _("Needs help"),
        "counted": _("Answered, outcome not published yet"), "informed": _("Informed only"),
    }  # fmt: skip
    lines = [f"{names[name]}: {signed(value)}" for name, value in found.items() if value]
    if found and not lines:
        lines.append(_("no difference that may be shown"))
    return lines


def occasion(key: str, rhythm: str) -> str:
    """Why a scheduled report was due, by the key of its occasion (`reports.rules.Occasion`)."""
    kind, _space, on = key.partition(" ")
    if kind == "before":
        return _("7 days before the change of %(day)s") % {"day": day(date.fromisoformat(on))}
    if kind == "change":
        return _("the change of %(day)s") % {"day": day(date.fromisoformat(on))}
    if kind == "end":
        return _("the campaign’s end")
    return _("every month") if rhythm == Rhythm.MONTHLY else _("every week")
