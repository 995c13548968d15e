import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from compliance.catalogue.queries import all_sources, catalogue, conflicts_of, overrides
from compliance.catalogue.rules import Decision, Subject, resolve
from compliance.catalogue.rules.engine import NO_OVERRIDES
from compliance.catalogue.wording import status_words
from employees.places import find_region
from employees.rules.regions import Region
from organisations.queries import organisation_by_slug

UNKNOWN = "unknown"


class Command(BaseCommand):
    help = "Says which policies apply to somebody in a region on a day, what to do, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--region", required=True, help="a code or a name: GB, US-CA, Deutschland; or unknown")
        parser.add_argument("--profile-region", default="", help="the country on the person's profile, which decides")
        parser.add_argument("--on", type=date.fromisoformat, default=None, help="a day, YYYY-MM-DD; today if left out")
        parser.add_argument("--under-18", action="store_true")
        parser.add_argument("--organisation", default="", help="short name, for its counsel's overrides")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, region: str, profile_region: str, **options: Any) -> None:
        place, profile = _place(region), _place(profile_region or UNKNOWN)
        subject = Subject(place.country, place.subdivision, profile.country, options["under_18"])
        on = options["on"] or timezone.localdate()
        overriding = NO_OVERRIDES
        if slug := options["organisation"]:
            organisation = organisation_by_slug(slug)
            if organisation is None:
                raise CommandError(f"There is no organisation {slug!r}.")
            overriding = overrides(organisation)
        decisions = resolve(subject, on, catalogue(), overriding)
        write = _as_json if options["json"] else _as_text
        self.stdout.write(write(region, on, decisions))


def _place(text: str) -> Region:
    if text.strip().lower() in {"", UNKNOWN}:
        return Region("")
    found = find_region(text)
    if isinstance(found, Region):
        return found
    candidates = f" It could be {', '.join(found.candidates)}." if found.candidates else ""
    raise CommandError(f"{text!r} is not one region.{candidates} Give a code such as GB or US-CA, or unknown.")


def _as_json(region: str, on: date, decisions: tuple[Decision, ...]) -> str:
    rows = [
        {
            "policy": item.policy,
            "version": item.version or None,
            "status": item.status,
            "advice": item.advice,
            "confidence": item.confidence,
            "collection_mode": item.collection_mode,
            "collection_reason": item.collection.reason,
            "reason": item.reason,
            "sources": list(item.citations),
            "conflict": item.conflict or None,
        }
        for item in decisions
    ]
    disagreements = [item.model_dump(mode="json") for item in conflicts_of({item.policy for item in decisions})]
    body = {"region": region, "on": on.isoformat(), "decisions": rows, "conflicts": disagreements}
    return json.dumps(body, ensure_ascii=False, indent=2)


def _as_text(region: str, on: date, decisions: tuple[Decision, ...]) -> str:
    known = all_sources()
    lines = [f"{region} on {on:%d %B %Y}"]
    for item in decisions:
        where = [known[name].url or known[name].shown for name in item.citations if name in known]
        lines += [
            "",
            f"{item.policy} {item.version}".rstrip(),
            f"  {status_words(item.status)} · advice: {item.advice} · {item.confidence} confidence",
            f"  Answers: {item.collection_mode}",
            f"  {item.reason}",
            *(f"    {address}" for address in where[:4]),
        ]
        if item.conflict:
            lines.append(f"  Sources disagree: {item.conflict}")
    return "\n".join(lines)
