"""Data-subject extract: everything held about one person (`export_person`), in words that the person understands.

It is drawn while somebody waits for it and kept nowhere: a copy on a disk would be one more thing to erase. What has no
words here (ids, hashes, claims of workers) stands at its end as it is, so that nothing is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from compliance.campaigns.models import Campaign
from compliance.campaigns.rules import MessageKind
from compliance.catalogue.rules import Answer
from compliance.catalogue.wording import answer_text
from reports.kinds.sent import kind_text
from reports.kinds.subject_words import LABELS, empty, value_text, version_text
from reports.localised import long_moment, moment, number

Held = Mapping[str, Sequence[Mapping[str, Any]]]


class Fact(NamedTuple):
    label: str
    value: str


class Card(NamedTuple):
    """One thing that is held: what it is, its facts, and tables below."""

    title: str
    facts: Sequence[Fact]
    rows: Sequence[Sequence[str]] = ()


# --- Cards -----------------------------------------------------------------------------------------------------------


def _facts(table: str, row: Mapping[str, Any]) -> list[Fact]:
    labels = LABELS.get(table, {})
    found = []
    for field, label in labels.items():
        if field not in row or empty(row[field]):
            continue
        if (table, field) == ("campaigns.Message", "kind"):
            found.append(Fact(_(label), _mail(row)))
        else:
            found.append(Fact(_(label), value_text(field, row[field])))
    return found


def _mail(row: Mapping[str, Any]) -> str:
    kind = MessageKind(row["kind"])
    written = {MessageKind.RECEIPT: _("Receipt"), MessageKind.HELP: _("Answer to a request for help")}
    return written.get(kind) or kind_text(kind, row["step"])


def _rest(held: Held) -> Iterator[Fact]:
    """What has no words, row by row."""
    for table, rows in held.items():
        for row in rows:
            left = {key: item for key, item in row.items() if key not in LABELS.get(table, {}) and not empty(item)}
            if left:
                yield Fact(f"{table} {row.get('id', '')}", "; ".join(f"{key}: {item}" for key, item in left.items()))


def _campaigns(held: Held) -> Iterator[Card]:
    theirs = Campaign.objects.filter(
        organisation__in=[row["organisation"] for row in held.get("employees.Employee", ())]
    )
    names = theirs.in_bulk([row["campaign"] for row in held.get("campaigns.Invitation", ())])
    answers = held.get("attestations.Attestation", ())
    for invitation in held.get("campaigns.Invitation", ()):
        yield Card(names[invitation["campaign"]].name, _facts("campaigns.Invitation", invitation))
        for row in held.get("campaigns.AttestationRequest", ()):
            if row["invitation"] != invitation["id"]:
                continue
            facts = [
                fact
                for fact in _facts("campaigns.AttestationRequest", row)
                if fact.label != _("Policy")
            ]  # fmt: skip
            given = [
                [fact.value for fact in _facts("attestations.Attestation", item)]
                for item in answers
                if item["request"] == row["id"]
            ]
            yield Card(version_text(row["policy_version"]), facts, given)


def _cards(table: str, rows: Sequence[Mapping[str, Any]]) -> list[Card]:
    return [Card("", _facts(table, row)) for row in rows]


def extract_facts(found: Mapping[str, Any], name: str, report: Any) -> dict[str, Any]:
    """The template's context; `found` is what `export_person` gives, `report` has organisation and language."""
    held: Held = found["held"]
    loose = {"campaigns.Letter": found["letters"], "campaigns.Suppression": found["suppressed"]}
    chapters = [
        (_("On the roster"), _cards("employees.Employee", held["employees.Employee"])),
        (_("Where you were before"), _cards("employees.RegionMove", held.get("employees.RegionMove", ()))),
        (_("Notes about you"), _cards("employees.PersonNote", held.get("employees.PersonNote", ()))),
        (_("Campaigns, and what you answered"), list(_campaigns(held))),
        (_("The country of your profile"), _cards("campaigns.RegionClaim", held.get("campaigns.RegionClaim", ()))),
        (_("Mails to you"), _cards("campaigns.Message", held.get("campaigns.Message", ()))),
        (_("Mails that came back"), _cards("campaigns.BounceEvent", held.get("campaigns.BounceEvent", ()))),
        (_("Requests for help"), _cards("attestations.HelpRequest", held.get("attestations.HelpRequest", ()))),
        (_("Letters written to you alone"), _cards("campaigns.Letter", found["letters"])),
        (_("Addresses that get no mail"), _cards("campaigns.Suppression", found["suppressed"])),
        (_("In the evidence log"), [_entry(item) for item in found["log"]]),
        (_("Elsewhere"), [card for card in (_elsewhere(found),) if card.facts]),
    ]
    return {
        **report,
        "kind": _("What is held about you"),
        "title": name,
        "as_of_text": _("As of %(instant)s UTC") % {"instant": long_moment(found["as_of"].astimezone(UTC))},
        "chapters": [(title, cards) for title, cards in chapters if cards],
        "rest": list(_rest({**held, **loose})),
    }


def _entry(item: Mapping[str, Any]) -> Card:
    facts = [
        Fact(_("When"), f"{moment(datetime.fromisoformat(str(item['at'])).astimezone(UTC))} UTC"),
        Fact(_("What"), str(item["kind"])),
    ]
    personal = dict(item["personal"])
    if personal.get("answer") in set(Answer):
        personal["answer"] = answer_text(personal["answer"])
    return Card(
        _("Entry %(number)s") % {"number": item["entry"]},
        [*facts, Fact(_("Your part of it"), value_text("", personal))],
    )


def _elsewhere(found: Mapping[str, Any]) -> Card:
    facts = []
    if found["manager_of"]:
        facts.append(Fact(_("Manager of so many people on the roster"), number(found["manager_of"])))
    if found["listed_in"]:
        facts.append(Fact(_("Named in the audience of"), value_text("", found["listed_in"])))
    facts += [Fact(_("Line of an import"), value_text("", line)) for line in found["lines_of_imports"]]
    return Card("", facts)
