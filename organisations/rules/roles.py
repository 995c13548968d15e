"""Roles and what they may do."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AUDITOR = "auditor"
    HELPER = "helper"
    MANAGER = "manager"


class Act(StrEnum):
    """What a page or button does; every view declares one."""

    SEE_FIGURES = "see_figures"
    SEE_TEAM = "see_team"
    SEE_PEOPLE = "see_people"
    CHANGE_ROSTER = "change_roster"
    EXPORT_PEOPLE = "export_people"
    RUN_CAMPAIGN = "run_campaign"
    SEND = "send"
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
    SEE_MEMBERS = "see_members"
    CHANGE_MEMBERS = "change_members"


_STAFF = frozenset({Role.OWNER, Role.ADMIN})
_FIGURES = _STAFF | {Role.AUDITOR}
_OWNER = frozenset({Role.OWNER})
_MAY: dict[Act, frozenset[Role]] = {
    Act.SEE_FIGURES: _FIGURES,
    Act.SEE_TEAM: frozenset({Role.MANAGER}),
    Act.SEE_PEOPLE: _STAFF,
    Act.CHANGE_ROSTER: _STAFF,
    Act.EXPORT_PEOPLE: _STAFF,
    Act.RUN_CAMPAIGN: _STAFF,
    Act.SEND: _STAFF,
    Act.READ_OUTBOX: _STAFF,
    Act.EXPORT_LINKS: _OWNER,
    Act.SET_APPROVAL: _OWNER,
    Act.CHANGE_SETTINGS: _OWNER,
    Act.OVERRIDE_COLLECTION: _STAFF,
    Act.MAKE_REPORT: _FIGURES,
    Act.SEE_EVIDENCE: _FIGURES,
    Act.SEND_CHECKPOINTS: _OWNER,
    Act.ERASE_PERSON: _STAFF,
    Act.ANSWER_HELP: _STAFF | {Role.HELPER},
    Act.SEE_MEMBERS: _FIGURES,
    Act.CHANGE_MEMBERS: _STAFF,
}

# An auditor sees sums. An owner may grant one the names, too: on pages, and in the files of reports that have them.
_GRANTED = frozenset({Act.SEE_PEOPLE})

# What cannot be taken back, or leaves the house: whoever signed in a while ago shows once more that it is they.
_RECENT = frozenset(
    {
        Act.SEND,
        Act.EXPORT_PEOPLE,
        Act.EXPORT_LINKS,
        Act.OVERRIDE_COLLECTION,
        Act.SEND_CHECKPOINTS,
        Act.ERASE_PERSON,
        Act.CHANGE_MEMBERS,
    }
)


def may(role: Role, act: Act, *, sees_names: bool = False) -> bool:
    """Whether a role may do something; `sees_names` is what an owner granted an auditor."""
    granted = sees_names and role == Role.AUDITOR and act in _GRANTED
    return granted or role in _MAY[act]


def needs_second_factor(role: Role) -> bool:
    return role in _STAFF


def needs_recent_sign_in(act: Act) -> bool:
    return act in _RECENT


def may_manage(actor: Role, *targets: Role) -> bool:
    """Whether `actor` may give, take or change these roles: an admin cannot make or unmake an owner."""
    return actor == Role.OWNER or (actor == Role.ADMIN and Role.OWNER not in targets)
