"""Children of `benchmarks.report`. `populate PEOPLE` writes a campaign of so many people. `measure` makes its figures
and report in a process of its own, whose memory is theirs alone, and prints one line of JSON with seconds."""

import json
import resource
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.db.models import Count  # noqa: E402 - Django first
from django.utils import timezone  # noqa: E402

from benchmarks.form import interleaved  # noqa: E402
from benchmarks.populate import AS_OF, START, make  # noqa: E402
from compliance.campaigns.models import AttestationRequest, Campaign  # noqa: E402
from reports.models import Report  # noqa: E402
from reports.queries import readiness, tally  # noqa: E402
from reports.services import build_report, request_report  # noqa: E402


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def one_report(campaign: Campaign) -> Report:
    now = timezone.now()
    report = request_report(
        organisation=campaign.organisation, campaign=campaign, user=None, now=now, as_of=AS_OF
    )  # fmt: skip
    build_report(report_id=report.pk, now=now)
    report.refresh_from_db()
    if report.state != "done":
        raise SystemExit(f"no report: {report.detail}")
    return report


def main() -> None:
    if sys.argv[1] == "populate":
        make(int(sys.argv[2]))
    else:
        measure(Campaign.objects.select_related("organisation").get())


def measure(campaign: Campaign) -> None:
    rows = AttestationRequest.objects.filter(invitation__campaign=campaign).order_by()
    ways: dict[str, Callable[[], object]] = {
        "floor": lambda: list(rows.values("invitation__country", "answer").annotate(people=Count("pk"))),
        "now": lambda: tally(campaign, AS_OF),
        "past": lambda: tally(campaign, START + (AS_OF - START) / 2),
        "shown": lambda: readiness(campaign, AS_OF, 5),
    }
    found = interleaved(ways, 3)
    made: list[Report] = []
    # The quickest of three: others work on the machine too, and what they take is not ours.
    found["report"] = min(seconds(lambda: made.append(one_report(campaign))) for _ in range(3))
    first, second, _third = ({name: file["sha256"] for name, file in report.files.items()} for report in made)
    found |= {"same": float(first == second), "pages": made[0].pages, "bytes": made[0].files["pdf"]["size"]}
    found["engine_mib"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found["worker_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
