"""Roles and what they may do; the arithmetic of the evidence log. Pure."""

from organisations.rules.evidence import (
    GENESIS,
    Draft,
    Entry,
    canonical,
    chained,
    commitment,
    draft,
    entry_hash,
    first_broken,
)
from organisations.rules.roles import Act, Role, may, may_manage, needs_recent_sign_in, needs_second_factor

__all__ = [
    "GENESIS",
    "Act",
    "Draft",
    "Entry",
    "Role",
    "canonical",
    "chained",
    "commitment",
    "draft",
    "entry_hash",
    "first_broken",
    "may",
    "may_manage",
    "needs_recent_sign_in",
    "needs_second_factor",
]
