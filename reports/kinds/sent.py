"""What had gone out in a campaign, and what of it may be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.campaigns.rules import MessageKind
from reports.queries import Dispatch, LetterSent


@dataclass(frozen=True)
class Sent:
    """What had gone out, and what of it may be told."""

    dispatches: Sequence[Dispatch]
    letters: Sequence[LetterSent]
    letters_few: int  # left out, since too few people got them
    count: int
    step: int
    names: bool

    @property
    def first(self) -> Dispatch | None:
        return next((item for item in self.dispatches if item.kind == MessageKind.INSTRUCTION), None)


def kind_text(kind: MessageKind, step: int) -> str:
    if kind == MessageKind.REMINDER:
        return _("Reminder %(step)s") % {"step": step}
    return _("First mail") if kind == MessageKind.INSTRUCTION else _("New link, asked for")
