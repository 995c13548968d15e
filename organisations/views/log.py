"""The evidence log, line by line: search, filter, take along."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations.access import WorkplaceRequest, workplace
from organisations.forms import LogForm
from organisations.models import EvidenceEntry
from organisations.queries import log as queries
from organisations.rules import Act
from organisations.rules.cells import escaped
from organisations.rules.log_words import WORDS
from organisations.services import Event, append_evidence


@require_GET
@workplace(Act.SEE_EVIDENCE)
def entries(request: WorkplaceRequest) -> HttpResponse:
    form = LogForm(request.GET or None, people=queries.possible_actors(request.organisation))
    wanted = form.wanted() if form.is_valid() else queries.LogFilter()
    before = request.GET.get("before", "")
    found = queries.log_entries(request.organisation, wanted, int(before) if before.isdecimal() else None)
    rows = list(found[: queries.PAGE + 1])
    shown, more = rows[: queries.PAGE], len(rows) > queries.PAGE
    people = queries.actors(shown)
    context = {
        "form": form,
        "lines": [_line(entry, people) for entry in shown],
        "before": shown[-1].seq if more else None,
        "filtered": wanted != queries.LogFilter(),
        "section": "evidence",
    }
    return render(request, "organisations/log.html", context, status=422 if form.errors else 200)


def _line(entry: EvidenceEntry, people: Mapping[int, str]) -> dict[str, Any]:
    """Who, what and of what: numbers instead of names for everybody but those who work here."""
    facts = dict(entry.facts)
    by = facts.pop("by", None)
    user = facts.pop("user", None)
    acting = by if by is not None else user
    if by is not None and user is not None:
        facts["member"] = people.get(user, _("account %(number)s") % {"number": user})
    told = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in facts.items())
    return {
        "seq": entry.seq,
        "at": parse_datetime(entry.at),
        "kind": entry.kind,
        "what": WORDS.get(entry.kind, entry.kind),
        "who": people.get(acting, _("account %(number)s") % {"number": acting}) if isinstance(acting, int) else "",
        "told": told,
        "hash": entry.hash,
    }


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


@require_POST
@workplace(Act.SEE_EVIDENCE)
def export(request: WorkplaceRequest) -> HttpResponseBase:
    """What the page's filter finds, all of it, as CSV. That it was taken is an entry, too."""
    form = LogForm(request.POST, people=queries.possible_actors(request.organisation))
    if not form.is_valid():
        context = {"form": form, "lines": [], "section": "evidence"}
        return render(request, "organisations/log.html", context, status=422)
    wanted = form.wanted()
    found = queries.log_entries(request.organisation, wanted)
    last = found.values_list("seq", flat=True).first() or 0
    facts = {"user": request.user.pk, "up_to": last, "filtered": wanted != queries.LogFilter()}
    event = Event("evidence.log_exported", facts)
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())
    rows = found.filter(seq__lte=last)
    name = f"log-{request.organisation.slug}-{last}.csv"
    return StreamingHttpResponse(
        _csv(rows, dict(queries.possible_actors(request.organisation))),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv(rows: Any, people: Mapping[int, str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["entry", "at", "kind", "who", "facts", "commitment", "hash"])
    for entry in queries.streamed(rows):
        acting = entry.facts.get("by", entry.facts.get("user"))
        who = people.get(acting, f"account {acting}") if isinstance(acting, int) else ""
        facts = json.dumps(entry.facts, ensure_ascii=False, sort_keys=True)
        cells = [entry.at, entry.kind, who, facts, entry.commitment, entry.hash]
        writer.writerow([entry.seq, *map(escaped, cells)])
        if buffer.tell() > 60_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
