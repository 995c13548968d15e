"""Words for what is held about a person: labels of fields by table, and values as a person reads them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from compliance.catalogue.models import PolicyVersion
from compliance.catalogue.wording import answer_text
from reports import composing, wording
from reports.kinds.content import advice_text, mode_text, status_text
from reports.localised import moment, short_day
from reports.rules import Figures, Row

LABELS: Mapping[str, Mapping[str, str]] = {
    "employees.Employee": {
        "name": noop("Name"), "email": noop("Work e-mail"), "external_id": noop("Number at the employer"),
        "country": noop("Country"), "subdivision": noop("Part of the country"), "department": noop("Department"),
        "manager_email": noop("Manager’s e-mail"), "language": noop("Language"), "status": noop("On the roster"),
        "started_on": noop("Started on"), "attributes": noop("Other columns of the roster"),
        "created_at": noop("On the roster since"), "left_at": noop("Left"),
    },
    "employees.RegionMove": {
        "country_before": noop("Country before"), "subdivision_before": noop("Part of the country before"),
        "country": noop("Country"), "subdivision": noop("Part of the country"), "created_at": noop("Since"),
    },
    "employees.PersonNote": {"text": noop("Words"), "created_at": noop("Written")},
    "campaigns.Invitation": {
        "country": noop("Country assumed"), "subdivision": noop("Part of the country"),
        "profile_country": noop("Country of the profile, as you said"), "created_at": noop("Invited"),
        "closes_at": noop("Link works until"), "answered_at": noop("First answer"),
        "stopped_at": noop("Reminders stopped"), "revoked_at": noop("Link ended"),
        "ended_by_staff": noop("Link ended by staff"),
    },
    "campaigns.AttestationRequest": {
        "policy_version": noop("Policy"), "region_status": noop("In the region"), "advice": noop("What you got"),
        "collection_mode": noop("How answers are collected"), "collection_reason": noop("Why so"),
        "reason": noop("Why it concerns you"), "answer": noop("Answer"), "answered_at": noop("Answered"),
        "created_at": noop("Asked or told"), "withdrawn_at": noop("Withdrawn"), "citations": noop("Sources"),
    },
    "attestations.Attestation": {
        "answer": noop("Answer"), "created_at": noop("Given"), "language": noop("Language of the page"),
        "receipt": noop("Receipt code"),
    },
    "campaigns.RegionClaim": {"country": noop("Country of the profile, as you said"), "created_at": noop("Said")},
    "campaigns.Message": {
        "kind": noop("Mail"), "state": noop("State"), "sent_to": noop("To"), "sent_name": noop("Name in it"),
        "sent_at": noop("Handed over"),
        "first_sent_at": noop("Handed over first"), "bounced_at": noop("Came back"),
        "detail": noop("The mail server said"),
        "unsure": noop("Perhaps arrived twice"), "due_at": noop("Was due"), "created_at": noop("Written"),
    },
    "campaigns.BounceEvent": {
        "kind": noop("Report of a mail that came back"), "detail": noop("It said"), "created_at": noop("Received"),
    },
    "attestations.HelpRequest": {
        "state": noop("State"), "created_at": noop("Asked for help"), "answered_at": noop("Answered"),
        "closed_at": noop("Closed"),
    },
    "campaigns.Letter": {
        "subject": noop("Subject"), "language": noop("Language"), "text": noop("Words"),
        "created_at": noop("Written"),
    },
    "campaigns.Suppression": {
        "email": noop("Address"), "reason": noop("Why no mail goes there"), "created_at": noop("Since"),
    },
}  # fmt: skip

_STATES = {
    "active": noop("active"), "left": noop("left"), "queued": noop("waits to be sent"),
    "sending": noop("is being sent"), "sent": noop("handed over"), "unknown": noop("not known whether it arrived"),
    "failed": noop("could not be sent"), "bounced": noop("came back"), "cancelled": noop("not sent after all"),
    "open": noop("open"), "taken": noop("being looked at"), "answered": noop("answered"),
    "closed": noop("closed"), "hard": noop("for good"), "soft": noop("for a time"),
}  # fmt: skip


def _place(code: str) -> str:
    return wording.region_name(Row((code,), Figures()))


def version_text(pk: int) -> str:
    version = PolicyVersion.objects.select_related("policy").get(pk=pk)
    return f"{version.policy.platform}: {_(version.policy.title)}, {version.key}"


_TEXTS: Mapping[str, Callable[[Any], str]] = {
    "answer": answer_text,
    "region_status": status_text,
    "advice": advice_text,
    "collection_mode": mode_text,
    "policy_version": version_text,
    "country": _place,
    "country_before": _place,
    "profile_country": _place,
    "language": wording.language_name,
    "text": composing.with_gaps,
}


_SHAPES: Sequence[tuple[type | tuple[type, ...], Callable[[Any], str]]] = (
    (bool, lambda value: _("yes") if value else _("no")),
    (datetime, lambda value: f"{moment(value.astimezone(UTC))} UTC"),
    (date, short_day),
    (dict, lambda value: "; ".join(f"{key}: {value_text('', item)}" for key, item in value.items())),
    ((list, tuple, set), lambda value: ", ".join(value_text("", item) for item in value)),
)


def value_text(field: str, value: Any) -> str:
    """One value as a person reads it."""
    for shape, text in _SHAPES:
        if isinstance(value, shape):
            return text(value)
    if field in _TEXTS:
        return _TEXTS[field](value)
    return _(_STATES[value]) if isinstance(value, str) and value in _STATES else str(value)


def empty(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)
