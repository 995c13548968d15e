"""Countries that are only told beside the only one that is asked; mails that came back and went out again."""

from typing import Any

from django.utils import timezone

from compliance.campaigns.models import BounceEvent, Campaign, Message
from compliance.campaigns.rules.bounces import Returned
from compliance.campaigns.services import send_again
from compliance.campaigns.services.delivery import deliver_due
from compliance.campaigns.services.returns import record_return
from compliance.catalogue.models import PolicyVersion
from reports.queries import dispatches, mails, readiness, tally
from reports.queries.content import mails_as_of
from reports.rules import Figures, Row, only_row
from tests.reports.test_figures import at, versions, write
from tests.reports.test_kinds import sent

__all__ = ["sent", "versions"]  # fixtures


def _people(country: str, mode: str, number: int) -> list[dict[str, Any]]:
    asked = {"mode": mode, "advice": "send", "made": 0, "withdrawn": None, "answers": [(1, "already_off")]}
    return [{"country": country, "department": "", "language": "", "requests": [asked], "mails": []}] * number


def test_a_country_that_is_told_stands_beside_the_one_that_is_asked(versions: list[PolicyVersion]) -> None:
    people = [*_people("DE", "named", 12), *_people("US", "inform_only", 3), *_people("FR", "inform_only", 1)]
    found = readiness(write(people, versions), at(5), 5)
    assert [row.codes for row in found.regions] == [("DE",), ("US",), ("FR",)]
    asked, *told = found.regions
    assert asked.figures == Figures(asked=12, confirmed=found.total.confirmed)
    assert [row.figures for row in told] == [Figures(informed=3), Figures(informed=1)]
    assert found.total.informed == 4


def test_too_few_asked_beside_a_country_that_is_told(versions: list[PolicyVersion]) -> None:
    people = [*_people("DE", "named", 2), *_people("GB", "named", 1), *_people("US", "inform_only", 6)]
    found = readiness(write(people, versions), at(5), 5)
    assert found.too_few
    assert list(found.regions) == [Row(("DE", "GB"), Figures(asked=3)), Row(("US",), Figures(informed=6))]


def test_the_only_row_shows_the_totals_answers_and_its_own_mails() -> None:
    rows = [Row(("DE",), Figures(asked=12, confirmed=11, reached=12)), Row(("US",), Figures(informed=6, reached=5))]
    shown = only_row(rows, Figures(asked=12, confirmed=5, informed=6, reached=17), 5)
    assert [row.figures for row in shown] == [Figures(asked=12, confirmed=5, reached=12), rows[1].figures]


def test_what_came_back_had_come_back_however_often_it_is_sent_again(sent: Campaign) -> None:
    """As of each instant the figures stay those of then, over three sendings of which one came back."""
    silent = Message.objects.filter(campaign=sent, kind="instruction", invitation__answered_at=None).order_by("id")[0]

    def figures(as_of: Any) -> tuple[Any, ...]:
        listed = [mail._replace(letter=None) for mail in mails(sent, as_of, names=True)]
        return tally(sent, as_of), mails_as_of(sent, as_of), dispatches(sent, as_of, names=True), listed

    instants = [timezone.now()]
    soft = Returned("soft", "4.2.2", detail="mailbox full")
    record_return(public_id=silent.public_id, key="1", returned=soft, now=timezone.now())
    instants.append(timezone.now())
    seen = [figures(instant) for instant in instants]
    assert [found[1]["returned"] for found in seen] == [0, 1]
    for which in ("bounced", "unanswered"):
        sent.refresh_from_db()
        send_again(campaign=sent, which=which, now=timezone.now())
        instants.append(timezone.now())
        seen.append(figures(instants[-1]))
        deliver_due()
        instants.append(timezone.now())
        seen.append(figures(instants[-1]))
    assert Message.objects.get(pk=silent.pk).bounced_at is None
    assert BounceEvent.objects.get().sent_again_at is not None
    assert [found[1]["returned"] for found in seen] == [0, 1, 0, 0, 0, 0]
    assert [figures(instant) for instant in instants] == seen
