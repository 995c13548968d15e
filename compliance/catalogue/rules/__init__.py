"""Person × region × date → what applies, and why. Pure: dates are arguments, the catalogue is a value."""

from compliance.catalogue.rules.answers import Answer, Outcome, asks_for_help, outcome, overall
from compliance.catalogue.rules.engine import Resolver, resolve
from compliance.catalogue.rules.terms import ASKING, COLLECTING, Advice, CollectionMode, Confidence, Status
from compliance.catalogue.rules.values import (
    REST_OF_WORLD,
    SELF,
    Catalogue,
    CollectionRule,
    Decision,
    Exemption,
    Override,
    RegionRule,
    Subject,
    Territory,
    Version,
)

__all__ = [
    "ASKING",
    "COLLECTING",
    "REST_OF_WORLD",
    "SELF",
    "Advice",
    "Answer",
    "Catalogue",
    "CollectionMode",
    "CollectionRule",
    "Confidence",
    "Decision",
    "Exemption",
    "Outcome",
    "Override",
    "RegionRule",
    "Resolver",
    "Status",
    "Subject",
    "Territory",
    "Version",
    "asks_for_help",
    "outcome",
    "overall",
    "resolve",
]
