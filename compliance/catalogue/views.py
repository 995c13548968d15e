from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from compliance.catalogue import queries
from compliance.catalogue.schema import RegionEntry
from compliance.catalogue.wording import region_words, status_words
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act


@require_GET
@workplace(Act.SEE_FIGURES)
def policies(request: WorkplaceRequest) -> HttpResponse:
    shown = []
    named: set[str] = set()
    for policy in queries.policies():
        for version in policy.versions.all():
            entries = queries.document(version).regions
            named |= {entry.conflict for entry in entries}
            shown.append({"policy": policy, "version": version, "regions": [_region(entry) for entry in entries]})
    context = {"shown": shown, "conflicts": queries.conflicts(named), "section": "policies"}
    return render(request, "catalogue/policies.html", context)


def _region(entry: RegionEntry) -> dict[str, object]:
    return {
        "where": region_words(entry),
        "note": entry.note,
        "status": status_words(entry.status),
        "confidence": entry.confidence.value,
        "sources": entry.sources,
    }
