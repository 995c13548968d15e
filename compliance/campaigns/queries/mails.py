"""Mails as pages show them."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import pgettext_lazy

from compliance.campaigns.models import Campaign, MailTest, Message
from compliance.campaigns.rules import GONE_OUT, MessageKind, MessageState
from employees.models import Employee
from employees.names import country_name
from organisations.models import Organisation


def late_places(campaign: Campaign) -> list[str]:
    """Countries in which a first mail is due only after its link has ended."""
    late = Message.objects.filter(campaign=campaign, due_at__gte=F("invitation__closes_at")).order_by()
    return sorted({country_name(code) for code in late.values_list("invitation__country", flat=True).distinct()})


# A reminder or a receipt tells whether somebody had answered; these do not.
TELLING_NOTHING = (MessageKind.INSTRUCTION, MessageKind.LINK)


def shown_mails(organisation: Organisation, *, people: bool) -> Q:
    """The mails that may be shown or counted one by one, to whom may see the `people` or to whom may not."""
    return Q() if people and not organisation.works_council_mode else Q(kind__in=TELLING_NOTHING)


def mails_stay_here(organisation: Organisation) -> bool:
    """Whether mails go to files on this machine, and to nobody."""
    return organisation.outbox_only or not settings.EMAIL_URL


def mail_test(organisation: Organisation) -> MailTest | None:
    return MailTest.objects.filter(organisation=organisation).select_related("tested_by").first()


def messages(organisation: Organisation) -> QuerySet[Message]:
    """For those who may see the people."""
    return (
        Message.objects.filter(shown_mails(organisation, people=True), organisation=organisation)
        .select_related("invitation__employee", "invitation__campaign", "letter", "organisation")
        .order_by(F("sent_at").desc(nulls_last=True), "-id")
    )


def message(organisation: Organisation, public_id: UUID) -> Message | None:
    return messages(organisation).filter(public_id=public_id).first()


def delivery_counts(campaign: Campaign, *, people: bool) -> dict[str, int]:
    """Messages of a campaign by state, and how many may have arrived twice, as `shown_mails` has it."""
    shown = shown_mails(campaign.organisation, people=people)
    mails = Message.objects.filter(shown, campaign=campaign).order_by().values("state")
    rows = list(mails.annotate(number=Count("id"), doubtful=Count("id", filter=Q(unsure=True))))
    counts = {state.value: 0 for state in MessageState} | {row["state"]: row["number"] for row in rows}
    waiting = counts[MessageState.QUEUED] + counts[MessageState.SENDING]
    unsure = sum(row["doubtful"] for row in rows)
    return counts | {"total": sum(counts.values()), "unsure": unsure, "waiting": waiting}


# When a mail went out for the first time; rows from before this was kept apart have it in `sent_at`.
FIRST_SENT = Coalesce("first_sent_at", "sent_at")

MAIL_STATES = [
    (MessageState.QUEUED.value, pgettext_lazy("mails", "waiting")),
    (MessageState.SENT.value, pgettext_lazy("mails", "sent")),
    (MessageState.UNKNOWN.value, pgettext_lazy("mails", "fate not known")),
    (MessageState.BOUNCED.value, pgettext_lazy("mails", "returned")),
    (MessageState.FAILED.value, pgettext_lazy("mails", "failed")),
    (MessageState.CANCELLED.value, pgettext_lazy("mails", "cancelled")),
]


def reminder_counts(campaign: Campaign, *, people: bool) -> dict[int, int]:
    """Number of the reminder → how many went out; nothing in works-council mode and for whom may not see the `people`,
    since it counts the silent."""
    if campaign.organisation.works_council_mode or not people:
        return {}
    rows = Message.objects.filter(campaign=campaign, kind=MessageKind.REMINDER, state__in=GONE_OUT).order_by()
    return dict(rows.values("step").annotate(number=Count("id")).values_list("step", "number").order_by("step"))


def next_mail_at(campaign: Campaign, *, people: bool) -> datetime | None:
    """When the next mail of a campaign is due, of those that may be shown."""
    shown = shown_mails(campaign.organisation, people=people)
    queued = Message.objects.filter(shown, campaign=campaign, state=MessageState.QUEUED).order_by("due_at")
    return queued.values_list("due_at", flat=True).first()


def history(organisation: Organisation, employee: Employee) -> list[Message]:
    """Every mail to a person, the newest first, with what came back of it."""
    rows = messages(organisation).filter(invitation__employee=employee).prefetch_related("bounces")
    return list(rows.order_by("-created_at", "-id"))
