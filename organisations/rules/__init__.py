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
from organisations.rules.roles import Act, Role, may

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
]
