"""What somebody does to many people at once: new links, and room in a running campaign."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from compliance.campaigns.models import Campaign, Invitation, Message
from compliance.campaigns.queries.people import to_add, to_send_links
from compliance.campaigns.rules import CampaignState, MessageKind
from compliance.campaigns.services.asked_for import made_link
from compliance.campaigns.services.inviting import ROTATED, invite, rotate
from compliance.campaigns.services.log import CampaignRefused, locked
from employees.models import Employee
from employees.queries import these_people
from organisations.models import User
from organisations.queries import in_batches
from organisations.services import Event, append_evidence

MOST = 5_000  # people at once: all of it is one transaction, while which somebody waits


def _running(campaign: Campaign, ids: Sequence[int]) -> Campaign:
    held = locked(campaign)
    if held.state != CampaignState.RUNNING:
        raise CampaignRefused(_("This campaign does not run now, so no mail of it can go."))
    refuse_too_many(len(ids))
    return held


def refuse_too_many(people: int) -> None:
    if people > MOST:
        words = _("At most %(most)s people at once. Narrow the list first.")
        raise CampaignRefused(words % {"most": number_format(MOST)})


@transaction.atomic
def new_links(*, campaign: Campaign, ids: Sequence[int], user: User, now: datetime) -> int:
    """Ends the links of these people in a running campaign and mails each another; returns how many.

    Whoever cannot get one (`to_send_links`) is left as they are. Raises CampaignRefused.
    """
    held = _running(campaign, ids)
    sent = 0
    for some in in_batches(list(ids)):
        split = to_send_links(held, these_people(held.organisation, some))
        sent += _renew(held, split.ids, user, now)
    return sent


def _renew(campaign: Campaign, ids: Sequence[int], user: User, now: datetime) -> int:
    # Asked again of the locked rows: somebody may have left, or had their link ended, since they were looked at.
    rows = Invitation.objects.select_for_update(no_key=True, of=("self",)).filter(
        campaign=campaign, employee__in=ids, employee__status=Employee.Status.ACTIVE, ended_by_staff=False
    )
    invitations = list(rows.order_by("pk"))
    links = Message.objects.filter(invitation__in=invitations, kind=MessageKind.LINK).order_by()
    steps = dict(links.values_list("invitation").annotate(last=Max("step")))
    for each in invitations:
        rotate(each)
    Invitation.objects.bulk_update(invitations, ROTATED, batch_size=100)
    Message.objects.bulk_create(
        [
            Message(
                organisation_id=campaign.organisation_id,
                campaign=campaign,
                invitation=each,
                kind=MessageKind.LINK,
                step=steps.get(each.pk, 0) + 1,
                due_at=now,
                created_at=now,
            )
            for each in invitations
        ]
    )
    events = [made_link(each, user) for each in invitations]
    append_evidence(organisation=campaign.organisation, events=events, now=now)
    return len(invitations)


@transaction.atomic
def add_people(*, campaign: Campaign, ids: Sequence[int], user: User, now: datetime) -> int:
    """Invites these people to a running campaign, whatever its audience says; returns how many. Raises CampaignRefused.

    Whoever is in it, has left or is not concerned is left out. What would make the campaign larger than a second person
    approved, where one has to, is refused: a list is no way around them.
    """
    held = _running(campaign, ids)
    wanted = [
        pk for some in in_batches(list(ids)) for pk in to_add(held, _of(held, some), now.date()).ids
    ]  # fmt: skip
    if wanted:
        _refuse_beyond_approval(held, len(wanted))
    return sum(_invite(held, some, user, now) for some in in_batches(wanted))


def _invite(campaign: Campaign, ids: Sequence[int], user: User, now: datetime) -> int:
    invite(campaign, now, joining=True, people=_of(campaign, ids))
    theirs = Invitation.objects.filter(campaign=campaign, employee__in=ids)
    theirs.update(by_hand=True)
    facts = {"campaign": campaign.pk, "user": user.pk}
    added = theirs.order_by("employee").values_list("employee", flat=True)
    events = [Event("campaign.people_added", facts, {"employee": pk}, pk) for pk in added]
    append_evidence(organisation=campaign.organisation, events=events, now=now)
    return len(events)


def _refuse_beyond_approval(campaign: Campaign, more: int) -> None:
    there = Invitation.objects.filter(campaign=campaign).count()
    # Of an approval from before its size was kept nothing more is known than that it let the campaign become this.
    approved = there if campaign.approved_people is None else campaign.approved_people
    size, most = there + more, max(campaign.organisation.approval_above, approved)
    if size > most:
        raise CampaignRefused(
            _(
                "With them the campaign would reach %(size)s people. It may reach %(most)s at most unless a second "
                "owner or administrator approves more: make a campaign of its own for these people."
            )
            % {"size": number_format(size), "most": number_format(most)}
        )


def _of(campaign: Campaign, ids: Sequence[int]) -> QuerySet[Employee]:
    return these_people(campaign.organisation, ids)
