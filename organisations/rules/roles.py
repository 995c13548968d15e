"""Roles and what they may do."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AUDITOR = "auditor"
    HELPER = "helper"


class Act(StrEnum):
    """What a page or button does; every view declares one."""

    SEE_FIGURES = "see_figures"
    SEE_PEOPLE = "see_people"
    CHANGE_ROSTER = "change_roster"
    RUN_CAMPAIGN = "run_campaign"
    READ_OUTBOX = "read_outbox"
    EXPORT_LINKS = "export_links"
    SET_APPROVAL = "set_approval"
    CHANGE_SETTINGS = "change_settings"
    MAKE_REPORT = "make_report"
    ANSWER_HELP = "answer_help"
    OVERRIDE_COLLECTION = "override_collection"
    SEE_EVIDENCE = "see_evidence"
    SEND_CHECKPOINTS = "send_checkpoints"
    ERASE_PERSON = "erase_person"


_STAFF = frozenset({Role.OWNER, Role.ADMIN})
_MAY: dict[Act, frozenset[Role]] = {
    Act.SEE_FIGURES: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    Act.SEE_PEOPLE: _STAFF,
    Act.CHANGE_ROSTER: _STAFF,
    Act.RUN_CAMPAIGN: _STAFF,
    Act.READ_OUTBOX: _STAFF,
    Act.EXPORT_LINKS: frozenset({Role.OWNER}),
    Act.SET_APPROVAL: frozenset({Role.OWNER}),
    Act.CHANGE_SETTINGS: frozenset({Role.OWNER}),
    Act.OVERRIDE_COLLECTION: _STAFF,
    Act.MAKE_REPORT: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    Act.SEE_EVIDENCE: frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR}),
    Act.SEND_CHECKPOINTS: frozenset({Role.OWNER}),
    Act.ERASE_PERSON: _STAFF,
    Act.ANSWER_HELP: frozenset({Role.OWNER, Role.ADMIN, Role.HELPER}),
}


def may(role: Role, act: Act) -> bool:
    return role in _MAY[act]
