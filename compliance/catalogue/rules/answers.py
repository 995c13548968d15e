"""What people may say of a control, and what it counts as."""

from collections.abc import Iterable
from enum import StrEnum


class Answer(StrEnum):
    """What a person may say of one control. Each policy version lists the ones that fit it."""

    SWITCHED_OFF_NOW = "switched_off_now"
    ALREADY_OFF = "already_off"
    LEFT_ON = "left_on"
    NOT_VISIBLE = "not_visible"
    FORM_SENT = "form_sent"
    FORM_ACKNOWLEDGED = "form_acknowledged"
    FORM_REFUSED = "form_refused"
    NO_ACCOUNT = "no_account"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"
    NEED_HELP = "need_help"


class Outcome(StrEnum):
    """The four folds of statistics."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
    OPEN = "open"
    UNANSWERED = "unanswered"


_OUTCOMES = {
    Answer.SWITCHED_OFF_NOW: Outcome.CONFIRMED,
    Answer.ALREADY_OFF: Outcome.CONFIRMED,
    Answer.FORM_SENT: Outcome.CONFIRMED,
    Answer.FORM_ACKNOWLEDGED: Outcome.CONFIRMED,
    Answer.NO_ACCOUNT: Outcome.CONFIRMED,
    Answer.LEFT_ON: Outcome.DECLINED,
    Answer.PREFER_NOT_TO_SAY: Outcome.DECLINED,
    Answer.NOT_VISIBLE: Outcome.OPEN,
    Answer.FORM_REFUSED: Outcome.OPEN,
    Answer.NEED_HELP: Outcome.OPEN,
}


def outcome(answer: str) -> Outcome:
    """The outcome an answer counts as; "" is unanswered."""
    return _OUTCOMES[Answer(answer)] if answer else Outcome.UNANSWERED


def asks_for_help(answer: str) -> bool:
    """Whether somebody asked for a helper, who then sees their name. The other open problems are counted and no more:
    nobody was asked to write to them (decision 0046)."""
    return answer == Answer.NEED_HELP


_LEAST_FIRST = [Outcome.UNANSWERED, Outcome.OPEN, Outcome.DECLINED, Outcome.CONFIRMED]


def overall(answers: Iterable[str]) -> Outcome:
    """The one outcome of a person asked about several policies: confirmed only when every one is."""
    return min((outcome(answer) for answer in answers), key=_LEAST_FIRST.index)
