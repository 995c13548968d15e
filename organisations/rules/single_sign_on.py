"""Who may come in by way of the organisation's own provider, and as what (docs/decisions/0031). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from organisations.rules.roles import Role


class Protocol(StrEnum):
    OIDC = "oidc"
    SAML = "saml"


@dataclass(frozen=True)
class Grant:
    """Members of `group` at the provider have `role` in the organisation with this short name."""

    organisation: str
    role: Role
    group: str


@dataclass(frozen=True)
class SingleSignOn:
    """What the environment says about providers."""

    protocols: Mapping[Protocol, str] = field(default_factory=dict)  # and what their buttons say
    domains: frozenset[str] = frozenset()  # of e-mail addresses, lower case
    grants: tuple[Grant, ...] = ()
    groups: Mapping[Protocol, str] = field(default_factory=dict)  # the claim or attribute that lists them
    trusts_addresses: bool = False  # an OIDC provider's address counts even where it does not say "verified"
    only: bool = False  # addresses of these domains come no other way
    second_factor_there: bool = False  # the provider asks for one, so that we need not

    def covers(self, address: str) -> bool:
        return address.rpartition("@")[2].lower() in self.domains


@dataclass(frozen=True)
class Claim:
    """What a provider says of somebody, its signature already checked."""

    address: str
    verified: bool
    groups: frozenset[str]


class Refusal(StrEnum):
    NO_ADDRESS = "no_address"
    NOT_VERIFIED = "not_verified"
    FOREIGN_DOMAIN = "foreign_domain"
    NO_GROUP = "no_group"


_RANK = [Role.OWNER, Role.ADMIN, Role.AUDITOR, Role.HELPER, Role.MANAGER]


def granted(grants: Collection[Grant], groups: Collection[str]) -> dict[str, Role]:
    """Role by organisation; of several the first in the order owner, admin, auditor, helper, manager."""
    found: dict[str, Role] = {}
    for role in reversed(_RANK):
        found |= {grant.organisation: role for grant in grants if grant.role == role and grant.group in groups}
    return found


def refusal(known: SingleSignOn, claim: Claim, *, belongs: bool) -> Refusal | None:
    """Why somebody may not come in; None when they may. `belongs`: an owner has let them in by hand."""
    if not claim.address:
        return Refusal.NO_ADDRESS
    if not claim.verified:
        return Refusal.NOT_VERIFIED
    if not known.covers(claim.address):
        return Refusal.FOREIGN_DOMAIN
    if not belongs and not granted(known.grants, claim.groups):
        return Refusal.NO_GROUP
    return None


def read_grants(text: str) -> tuple[Grant, ...]:
    """`ORGANISATION ROLE GROUP` by semicolon or line; a group may hold spaces. Raises ValueError for anything else."""
    found = []
    for line in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
        parts = line.split(None, 2)
        if len(parts) != 3:
            raise ValueError(f"SSO_ROLES: {line!r} is not ORGANISATION ROLE GROUP")
        try:
            found.append(Grant(parts[0], Role(parts[1]), parts[2]))
        except ValueError as error:
            raise ValueError(f"SSO_ROLES: {parts[1]!r} is no role: {', '.join(_RANK)}") from error
    return tuple(found)
