"""Colleagues are invited by a link that works once."""

import logging
import secrets
from datetime import datetime, timedelta
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from organisations.models import ColleagueInvitation, Membership, Organisation, User, token_hash
from organisations.queries import user_by_address
from organisations.rules import Role, may_manage
from organisations.services.evidence import Event, append_evidence
from organisations.services.members import MemberRefused, register_address

logger = logging.getLogger(__name__)

LIFE = timedelta(days=7)
_LOCAL = "django.core.mail.backends.filebased.EmailBackend"


@transaction.atomic
def invite_colleague(
    *, organisation: Organisation, email: str, role: Role, actor: Role, by: User, now: datetime
) -> tuple[ColleagueInvitation, str]:
    """Makes an invitation, or makes an earlier one anew; returns it with the link's token, which is kept nowhere."""
    if not may_manage(actor, role):
        raise MemberRefused(_("Only an owner can invite an owner."))
    address, token = email.strip().lower(), secrets.token_urlsafe(32)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if Membership.objects.filter(organisation=organisation, user__email=address).exists():
        raise MemberRefused(_("%(address)s belongs here already.") % {"address": address})
    earlier = ColleagueInvitation.objects.filter(organisation=organisation, email=address).first()
    if earlier and not may_manage(actor, Role(earlier.role)):
        raise MemberRefused(_("An owner has invited them as owner. Only an owner can change that."))
    fields = {
        "role": role.value,
        "token_hash": token_hash(token),
        "invited_by": by,
        "created_at": now,
        "expires_at": now + LIFE,
        "mailed_at": None,
    }
    made, _new = ColleagueInvitation.objects.update_or_create(organisation=organisation, email=address, defaults=fields)
    event = Event("member.invited", {"role": role.value, "by": by.pk}, personal={"address": address})
    append_evidence(organisation=organisation, events=[event], now=now)
    return made, token


def mail_invitation(*, invitation: ColleagueInvitation, token: str, now: datetime) -> bool:
    """Mails the link; whether a server took it. Not part of a transaction: what fails is sent again by a button."""
    organisation = invitation.organisation
    link = f"{settings.BASE_URL}{reverse('join', args=[token])}"
    context = {"organisation": organisation, "invitation": invitation, "link": link}
    known = user_by_address(invitation.email)
    # In their own language where they have chosen one, else in that of whoever invites them.
    with translation.override((known and known.language) or translation.get_language()):
        subject = _("%(organisation)s invites you to Offswitch") % {"organisation": organisation.name}
        body = render_to_string("mail/colleague.txt", context)
    message = EmailMessage(
        subject=subject,
        body=body,
        to=[invitation.email],
        reply_to=[organisation.contact_email],
        # An organisation on trial writes to nobody, whatever server is set.
        connection=get_connection(_LOCAL, file_path=settings.ACCOUNT_OUTBOX_DIR) if organisation.outbox_only else None,
    )
    try:
        message.send()
    except (SMTPException, AnymailError, OSError) as error:
        logger.warning("An invitation could not be mailed: %s", type(error).__name__)
        return False
    ColleagueInvitation.objects.filter(pk=invitation.pk).update(mailed_at=now)
    return True


@transaction.atomic
def revoke_invitation(*, invitation: ColleagueInvitation, actor: Role, by: User, now: datetime) -> None:
    """Ends the link."""
    if not may_manage(actor, Role(invitation.role)):
        raise MemberRefused(_("Only an owner can do that to an owner."))
    gone, _which = ColleagueInvitation.objects.filter(pk=invitation.pk).delete()
    if gone:
        event = Event("member.invitation_revoked", {"by": by.pk}, personal={"address": invitation.email})
        append_evidence(organisation=invitation.organisation, events=[event], now=now)


@transaction.atomic
def accept_invitation(*, invitation: ColleagueInvitation, password: str | None, now: datetime) -> User:
    """Uses the link up: makes the account where there is none, and the membership. Returns the user.

    An account that is there keeps its password; the caller has made sure that it is its owner who asks.
    Raises MemberRefused when the link was used, revoked or replaced meanwhile.
    """
    mine = ColleagueInvitation.objects.filter(pk=invitation.pk, token_hash=invitation.token_hash, expires_at__gt=now)
    if not mine.delete()[0]:
        raise MemberRefused(_("This link has been used or taken back."))
    user = user_by_address(invitation.email)
    if user is None:
        user = User.objects.create_user(invitation.email, password)
    elif password is not None:
        raise MemberRefused(_("There is an account with this address already. Sign in first."))
    register_address(user)
    membership, _new = Membership.objects.get_or_create(
        user=user, organisation=invitation.organisation, defaults={"role": invitation.role}
    )
    facts = {"role": membership.role, "user": user.pk, "invited_by": invitation.invited_by_id}
    event = Event("member.joined", facts, personal={"address": user.email})
    append_evidence(organisation=invitation.organisation, events=[event], now=now)
    return user
