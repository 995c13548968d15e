"""Who belongs where."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from organisations.models import (
    ColleagueInvitation,
    Membership,
    Organisation,
    OrganisationLogo,
    SetupCode,
    SigningCertificate,
    User,
    token_hash,
)
from organisations.rules import Role

_SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def _with_second_factor(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """`second_factor`: whether the member has set one up."""
    mine = Authenticator.objects.filter(user=OuterRef("user"), type__in=_SECOND_FACTORS)
    return rows.annotate(second_factor=Exists(mine))


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations a user belongs to, by name; not those where they were stopped. See `_with_second_factor`."""
    rows = Membership.objects.filter(user=user, disabled_at=None).select_related("organisation__logo")
    return _with_second_factor(rows).defer("organisation__logo__png").order_by("organisation__name")


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=_SECOND_FACTORS).exists())


def members(organisation: Organisation) -> QuerySet[Membership]:
    """Everybody who belongs here, stopped ones too, by address; with `second_factor` and `seen_at`."""
    seen = UserSession.objects.filter(user=OuterRef("user")).values("user").annotate(at=Max("last_seen_at"))
    rows = Membership.objects.filter(organisation=organisation).select_related("user", "organisation")
    return _with_second_factor(rows).annotate(seen_at=Subquery(seen.values("at"))).order_by("user__email")


def owners(organisation: Organisation) -> QuerySet[Membership]:
    """Those who can sign in as owners."""
    rows = Membership.objects.filter(organisation=organisation, role=Role.OWNER.value, disabled_at=None)
    return rows.filter(user__is_active=True).order_by("pk")


def colleague_invitations(organisation: Organisation) -> QuerySet[ColleagueInvitation]:
    return ColleagueInvitation.objects.filter(organisation=organisation).select_related("invited_by").order_by("email")


def colleague_invitation_by_token(token: str, now: datetime) -> ColleagueInvitation | None:
    """The one that a link belongs to, while it lives."""
    rows = ColleagueInvitation.objects.filter(token_hash=token_hash(token), expires_at__gt=now)
    return rows.select_related("organisation").first()


def organisation_by_slug(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def logo_of(organisation: Organisation) -> OrganisationLogo | None:
    """Where it is and how large; its bytes are read when they are asked for."""
    return getattr(organisation, "logo", None)


def user_by_address(email: str) -> User | None:
    return User.objects.filter(email=email.strip().lower()).first()


def nobody_yet() -> bool:
    """An installation without a single user: the first run."""
    return not User.objects.exists()


def no_organisation_yet() -> bool:
    return not Organisation.objects.exists()


def setup_code() -> SetupCode | None:
    return SetupCode.objects.order_by("pk").last()


def in_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Keys for one statement after the other: SQLite takes so many parameters and no more."""
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]


def certificate_of(organisation: Organisation) -> SigningCertificate | None:
    """What signs this organisation's reports, and no other's."""
    return SigningCertificate.objects.filter(organisation=organisation).first()
