"""The few figures on top of the dashboard, each with what it counts and how it moved."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.localised import number, signed
from reports.rules import Figures, difference
from reports.wording import have_confirmed, share, shown


@dataclass(frozen=True)
class KeyFigure:
    """`note` says what it is made of, `trend` how it moved in a week or "", `definition` what it counts.

    `key` is a name for anchors: the definition stands at the foot of the page, too."""

    key: str
    label: str
    value: str
    note: str
    trend: str
    definition: str


def in_words(figures: Figures, step: int) -> str:
    """How far one group of people is, as the reports say it."""
    if not figures.asked:
        return _("Nobody here was asked; people were told.") if figures.informed else _("Nobody has been asked yet.")
    return have_confirmed(figures, step)


def key_figures(total: Figures, step: int, before: Figures | None = None) -> list[KeyFigure]:
    """`before`: the campaign's total a week earlier as it was shown then."""
    asked, steps = number(total.asked), _steps(step)
    return [
        KeyFigure(
            "readiness",
            _("Readiness"),
            share(total.confirmed, total.asked, step),
            _("%(confirmed)s of %(asked)s asked")
            % {"confirmed": shown(total.confirmed, total.asked, step), "asked": asked},
            _moved(before, total, "confirmed", step),
            _("People asked who say that it is off, that the form is sent, or that they have no account. ") + steps,
        ),
        KeyFigure(
            "response",
            _("Response rate"),
            share(total.answered, total.asked, step),
            _("%(answered)s of %(asked)s asked")
            % {"answered": shown(total.answered, total.asked, step), "asked": asked},
            _moved(before, total, "answered", step),
            _("People asked who have given any answer. Answering is voluntary, and so is what is answered. ") + steps,
        ),
        KeyFigure(
            "open",
            _("Open problems"),
            shown(total.open, total.asked, step),
            _("of %(asked)s asked") % {"asked": asked},
            _moved(before, total, "open", step),
            _(
                "People whose latest answer is that they cannot find the setting, that the form was refused, or that "
                "they need help. Whoever asked for help waits under Help until somebody writes to them. "
            )
            + steps,
        ),
        KeyFigure(
            "informed",
            _("Informed only"),
            number(total.informed),
            ngettext("person told and not asked", "people told and not asked", total.informed),
            "",
            _("People who get the instructions and no question, because local law protects personal accounts."),
        ),
    ]


def _steps(step: int) -> str:
    if step <= 1:
        return ""
    return _("Shown in steps of %(step)s people, rounded down.") % {"step": number(step)}


def _moved(before: Figures | None, now: Figures, name: str, step: int) -> str:
    """Against a week ago, by the rule of two reports at two instants; "" where one of them has no number."""
    people = difference(getattr(before, name), getattr(now, name), step) if before else None
    if people is None:
        return ""
    if not people:
        return _("no change shown in 7 days")
    return _("%(change)s in 7 days") % {"change": signed(people)}
