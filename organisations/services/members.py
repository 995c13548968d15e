"""Who works here and as what. Every change ends the sessions of whom it takes something from, and is in the log."""

from collections.abc import Collection, Mapping
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from organisations.here import unscoped
from organisations.models import ColleagueInvitation, Membership, Organisation, User
from organisations.queries import owners
from organisations.rules import Role, may_manage
from organisations.services.evidence import Event, append_evidence


class MemberRefused(Exception):
    """Says why in words for the page."""


def register_address(user: User) -> None:
    """The address that an owner, a mailed link or the server's operator vouched for."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def end_sessions(user: User) -> None:
    """Signs them out everywhere, now."""
    for session in UserSession.objects.filter(user=user).order_by("pk"):
        session.end()


def _locked(membership: Membership) -> Membership:
    """As it is now; changes to an organisation's members stand in line, so that two owners cannot remove each other."""
    Organisation.objects.select_for_update(no_key=True).get(pk=membership.organisation_id)
    found = Membership.objects.select_related("user", "organisation").filter(pk=membership.pk).first()
    if found is None:
        raise MemberRefused(_("They are gone already."))
    return found


def _check(actor: Role, membership: Membership, *roles: Role) -> None:
    if not may_manage(actor, Role(membership.role), *roles):
        raise MemberRefused(_("Only an owner can do that to an owner."))


def _keep_an_owner(membership: Membership) -> None:
    """Raises MemberRefused when nobody else is left who could let people in."""
    if membership.role == Role.OWNER and not owners(membership.organisation).exclude(pk=membership.pk).exists():
        raise MemberRefused(_("This is the last owner. Make somebody else an owner first."))


def _take_back_invitations(membership: Membership) -> None:
    """Those that somebody sent as what they are no longer."""
    sent = ColleagueInvitation.objects.filter(organisation=membership.organisation, invited_by=membership.user)
    sent.delete()


def _log(membership: Membership, kind: Event, now: datetime) -> None:
    append_evidence(organisation=membership.organisation, events=[kind], now=now)


@transaction.atomic
def change_role(*, membership: Membership, role: Role, actor: Role, by: User, now: datetime) -> None:
    found = _locked(membership)
    _check(actor, found, role)
    was = found.role
    if role.value == was:
        return
    _keep_an_owner(found)
    Membership.objects.filter(pk=found.pk).update(role=role.value, sees_names=False, by_provider=False)
    _take_back_invitations(found)
    end_sessions(found.user)
    _log(found, Event("member.role_changed", {"role": role.value, "was": was, "user": found.user_id, "by": by.pk}), now)


@transaction.atomic
def grant_names(*, membership: Membership, sees_names: bool, actor: Role, by: User, now: datetime) -> None:
    """Lets an auditor see the people, or no longer. An owner's to give."""
    found = _locked(membership)
    if actor != Role.OWNER or found.role != Role.AUDITOR:
        raise MemberRefused(_("An owner can let an auditor see names; nobody else can, and no other role needs it."))
    if found.sees_names == sees_names:
        return
    Membership.objects.filter(pk=found.pk).update(sees_names=sees_names)
    _log(found, Event("member.names_granted", {"granted": sees_names, "user": found.user_id, "by": by.pk}), now)


@transaction.atomic
def disable_member(*, membership: Membership, actor: Role, by: User, now: datetime) -> None:
    """Keeps somebody out of this organisation until they are enabled again; signs them out everywhere."""
    found = _locked(membership)
    _check(actor, found)
    if found.disabled_at:
        return
    _keep_an_owner(found)
    Membership.objects.filter(pk=found.pk).update(disabled_at=now)
    _take_back_invitations(found)
    end_sessions(found.user)
    _log(found, Event("member.disabled", {"user": found.user_id, "by": by.pk}), now)


@transaction.atomic
def enable_member(*, membership: Membership, actor: Role, by: User, now: datetime) -> None:
    found = _locked(membership)
    _check(actor, found)
    if not found.disabled_at:
        return
    Membership.objects.filter(pk=found.pk).update(disabled_at=None)
    _log(found, Event("member.enabled", {"user": found.user_id, "by": by.pk}), now)


@transaction.atomic
def remove_member(*, membership: Membership, actor: Role, by: User, now: datetime) -> None:
    """Takes the membership away; the account stays, for other organisations and for the log's sake."""
    found = _locked(membership)
    _check(actor, found)
    _keep_an_owner(found)
    end_sessions(found.user)
    event = Event(
        "member.removed",
        {"role": found.role, "user": found.user_id, "by": by.pk},
        personal={"address": found.user.email},
    )
    _log(found, event, now)
    _take_back_invitations(found)
    Membership.objects.filter(pk=found.pk).delete()


@transaction.atomic
def reset_second_factor(*, membership: Membership, actor: Role, by: User, now: datetime) -> None:
    """For somebody who lost phone and codes: they set up a new one at the next sign-in, with their password.

    Refused for members of other organisations too: what protects those is not this owner's to take away.
    """
    found = _locked(membership)
    if actor != Role.OWNER or found.user_id == by.pk:
        raise MemberRefused(_("Another owner has to do that."))
    with unscoped("whether somebody belongs to another organisation as well"):
        elsewhere = Membership.objects.filter(user=found.user_id).exclude(pk=found.pk).exists()
    if elsewhere:
        raise MemberRefused(_("They belong to another organisation as well; whoever runs the server can reset it."))
    Authenticator.objects.filter(user=found.user_id).delete()
    end_sessions(found.user)
    _log(found, Event("member.second_factor_reset", {"user": found.user_id, "by": by.pk}), now)


@transaction.atomic
def follow_provider(*, user: User, roles: Mapping[str, Role], managed: Collection[str], now: datetime) -> None:
    """Makes the memberships that single sign-on gives be what the groups say; those given by hand stay as they are.

    `roles` by the organisation's short name, of those `managed` by groups; where no group leads any more, what one gave
    is taken back. The last owner stays one, and who is kept out is kept out.
    """
    given = Membership.objects.filter(user=user, by_provider=True).values("organisation")
    concerned = Organisation.objects.filter(Q(slug__in=managed) | Q(pk__in=given))
    for organisation in concerned.select_for_update(no_key=True).order_by("pk"):
        role = roles.get(organisation.slug)
        found = Membership.objects.filter(user=user, organisation=organisation).first()
        if found is None:
            if role:
                _join_by_provider(user, organisation, role, now)
        elif found.by_provider and role is None:
            _leave_by_provider(found, now)
        elif found.by_provider and role and role.value != found.role:
            _change_by_provider(found, role, now)


def _join_by_provider(user: User, organisation: Organisation, role: Role, now: datetime) -> None:
    Membership.objects.create(user=user, organisation=organisation, role=role.value, by_provider=True)
    facts = {"role": role.value, "user": user.pk, "by_provider": True}
    event = Event("member.added", facts, personal={"email": user.email})
    append_evidence(organisation=organisation, events=[event], now=now)


def _is_last_owner(membership: Membership) -> bool:
    try:
        _keep_an_owner(membership)
    except MemberRefused:
        return True
    return False


def _leave_by_provider(found: Membership, now: datetime) -> None:
    if found.disabled_at or _is_last_owner(found):
        return
    end_sessions(found.user)
    _take_back_invitations(found)
    Membership.objects.filter(pk=found.pk).delete()
    event = Event(
        "member.removed",
        {"role": found.role, "user": found.user_id, "by_provider": True},
        personal={"address": found.user.email},
    )
    _log(found, event, now)


def _change_by_provider(found: Membership, role: Role, now: datetime) -> None:
    if _is_last_owner(found):
        return
    end_sessions(found.user)
    _take_back_invitations(found)
    Membership.objects.filter(pk=found.pk).update(role=role.value, sees_names=False)
    facts = {"role": role.value, "was": found.role, "user": found.user_id, "by_provider": True}
    _log(found, Event("member.role_changed", facts), now)
