from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from compliance.catalogue import queries
from compliance.catalogue.forms import OverrideForm, WhatIfForm
from compliance.catalogue.models import Policy, PolicyVersion
from compliance.catalogue.rules import CollectionMode, Decision, resolve
from compliance.catalogue.schema import ConflictEntry, RegionEntry, SourceEntry, VersionEntry
from compliance.catalogue.services import override_collection, withdraw_override
from compliance.catalogue.wording import StepLine, instruction_lines, region_words, way_title
from employees.names import place_said, region_name
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act, may
from organisations.told import in_use, told

SECTION = {"section": "policies"}


@require_GET
@workplace(Act.SEE_FIGURES)
def policies(request: WorkplaceRequest) -> HttpResponse:
    """Every policy, and what has changed since a day."""
    today = timezone.localdate()
    since = _day(request.GET.get("since", ""))
    context = SECTION | {
        "policies": queries.policies(),
        "today": today,
        "since": since,
        "changes": queries.versions_since(since) if since else None,
        "conflict_count": len(queries.all_conflicts()),
    }
    return render(request, "catalogue/policies.html", context)


def _day(text: str) -> date | None:
    """A day of the address, or None for anything that is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class VersionShown:
    """One version as the policy's page shows it."""

    row: PolicyVersion
    text: VersionEntry
    current: bool
    regions: list[tuple[str, RegionEntry]]
    ways: list[tuple[str, list[StepLine]]]


@require_GET
@workplace(Act.SEE_FIGURES)
def policy(request: WorkplaceRequest, key: str) -> HttpResponse:
    found = queries.policy(key)
    if found is None:
        raise Http404
    versions = [_shown(row, found) for row in found.versions.all()]
    cited = dict.fromkeys(name for version in versions for name in version.text.all_sources())
    context = SECTION | {
        "policy": found,
        "versions": versions[::-1],
        "overdue": found.review_due < timezone.localdate(),
        "sources": queries.sources(list(cited)),
        "conflicts": _conflicts(queries.conflicts_of([key])),
        "controlled_by": queries.policy(versions[-1].text.controlled_by) if versions else None,
    }
    return render(request, "catalogue/policy.html", context)


def _shown(row: PolicyVersion, of: Policy) -> VersionShown:
    text, today = queries.document(row), timezone.localdate()
    in_force = row.effective_from <= today and (row.effective_until is None or today < row.effective_until)
    language = in_use()
    ways = [(way_title(way), [*instruction_lines(text, way, of.platform, language)]) for way in text.instructions]
    regions = [(_place(region_words(entry, language)), entry) for entry in text.regions]
    return VersionShown(row, text, in_force, regions, ways)


def _place(words: str) -> str:
    """A set of countries by its name, or country by country."""
    return place_said(words, in_use()) or told(words)


def _conflicts(
    found: list[ConflictEntry],
) -> list[tuple[ConflictEntry, list[tuple[str, list[str], list[SourceEntry]]]]]:
    """Each question with its readings: what is claimed, on which lines, by whom."""
    known = queries.all_sources()
    return [
        (item, [(each.claim, each.at, [known[name] for name in each.sources]) for each in item.readings])
        for item in found
    ]


@require_GET
@workplace(Act.SEE_FIGURES)
def conflicts(request: WorkplaceRequest) -> HttpResponse:
    return render(request, "catalogue/conflicts.html", SECTION | {"conflicts": _conflicts(queries.all_conflicts())})


@require_GET
@workplace(Act.SEE_FIGURES)
def what_if(request: WorkplaceRequest) -> HttpResponse:
    """Decisions with their reasons for a person one makes up."""
    form = WhatIfForm(request.GET or None)
    context: dict[str, object] = SECTION | {"form": form}
    if form.is_valid():
        on = form.cleaned_data["on"]
        decisions = resolve(form.subject(), on, queries.catalogue(), queries.overrides(request.organisation))
        context |= {"on": on, "decisions": _explained(decisions)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "catalogue/what_if.html", context, status=status)


def _explained(decisions: tuple[Decision, ...]) -> list[tuple[Policy, Decision, list[SourceEntry]]]:
    policies = {item.key: item for item in queries.policies()}
    ranked = sorted(decisions, key=lambda item: ["send", "send_neutral", "offer", "withhold"].index(item.advice))
    return [(policies[item.policy], item, queries.sources(item.citations)) for item in ranked]


@require_GET
@workplace(Act.SEE_FIGURES)
def collection(request: WorkplaceRequest) -> HttpResponse:
    return _collection(request, OverrideForm())


def _collection(request: WorkplaceRequest, form: OverrideForm) -> HttpResponse:
    """How answers may be collected where; counsel's overrides, with author, date and reason."""
    known = queries.catalogue()
    context = SECTION | {
        "rules": [
            (code, region_name(code[:2], code if "-" in code else "", in_use()), rule, queries.sources(rule.sources))
            for code, rule in sorted(known.collection.items())
        ],
        "default": known.collection_default,
        "overrides": queries.override_rows(request.organisation),
        "form": form,
        "may_override": may(request.role, Act.OVERRIDE_COLLECTION),
    }
    return render(request, "catalogue/collection.html", context, status=422 if form.errors else 200)


@require_POST
@workplace(Act.OVERRIDE_COLLECTION)
def override(request: WorkplaceRequest) -> HttpResponse:
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return _collection(request, form)
    data = form.cleaned_data
    override_collection(
        organisation=request.organisation,
        jurisdiction=data["jurisdiction"],
        mode=CollectionMode(data["mode"]),
        reason=data["reason"],
        author_name=data["author_name"],
        user=request.user,
        now=timezone.now(),
    )
    messages.success(
        request,
        _("Recorded. It acts on campaigns that start from now on in %(place)s.") % {"place": data["jurisdiction"]},
    )
    return redirect("collection", request.organisation.slug)


@require_POST
@workplace(Act.OVERRIDE_COLLECTION)
def withdraw(request: WorkplaceRequest, jurisdiction: str) -> HttpResponse:
    if withdraw_override(
        organisation=request.organisation, jurisdiction=jurisdiction, user=request.user, now=timezone.now()
    ):
        messages.success(
            request,
            _("Withdrawn. The catalogue's own rule holds again in %(jurisdiction)s.") % {"jurisdiction": jurisdiction},
        )
    return redirect("collection", request.organisation.slug)
