"""Who belongs where."""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from organisations.models import Membership, Organisation, OrganisationLogo, User


def memberships_of(user: User) -> QuerySet[Membership]:
    """The organisations a user belongs to, by name."""
    rows = Membership.objects.filter(user=user).select_related("organisation__logo")
    return rows.defer("organisation__logo__png").order_by("organisation__name")


def organisation_by_slug(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def logo_of(organisation: Organisation) -> OrganisationLogo | None:
    """Where it is and how large; its bytes are read when they are asked for."""
    return getattr(organisation, "logo", None)


def in_batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Keys for one statement after the other: SQLite takes so many parameters and no more."""
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]
