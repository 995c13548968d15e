"""All jobs that somebody may see, the newest first."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from compliance.campaigns.queries import sends
from employees.queries import roster_imports
from organisations.queries.evidence import jobs as evidence_jobs
from organisations.rules import Act
from reports.jobs.sending import Planned, planned, send_job
from reports.jobs.shape import Job, Viewer
from reports.jobs.single import bundle_job, evidence_job, import_job, report_job
from reports.queries import reports
from reports.queries.bundles import bundles
from reports.queries.calling import Numbers, calling
from reports.queries.schedules import last_runs, schedules
from reports.rules.jobs import JobState

Row = TypeVar("Row", bound=Model)

MOST = 30  # of each kind
ALARMING = timedelta(days=1)  # a failure older than that is no news any more


def all_jobs(viewer: Viewer, now: datetime) -> list[Job]:
    """Under way first, then by their last change."""
    return sorted(_found(viewer, now), key=lambda job: (job.under_way, job.at), reverse=True)


def jobs_now(viewer: Viewer, now: datetime, remembered: Collection[str]) -> list[Job]:
    """Those that `calls` may count, and the remembered ones; kinds of which there are none cost no query."""
    people = viewer.may(Act.SEE_PEOPLE)
    only = calling(viewer.organisation, now, lately=ALARMING, people=people, also=remembered)
    return list(_found(viewer, now, only))


def _found(viewer: Viewer, now: datetime, only: Numbers | None = None) -> Iterator[Job]:
    organisation = viewer.organisation
    people = viewer.may(Act.SEE_PEOPLE)
    names = people and not organisation.works_council_mode
    mails = sends(organisation, now, people=people, only=None if only is None else only["send"])
    yield from (import_job(item, viewer, now) for item in _of(roster_imports(organisation), only, "import"))
    yield from (send_job(item, viewer, now) for item in mails)
    yield from (report_job(item, viewer, now) for item in _of(reports(organisation, names=names), only, "report"))
    yield from (bundle_job(item, viewer, now) for item in _of(bundles(organisation, names=names), only, "bundle"))
    yield from (evidence_job(item, viewer, now) for item in _of(evidence_jobs(organisation), only, "evidence"))


def _of(rows: QuerySet[Row], only: Numbers | None, kind: str) -> QuerySet[Row]:
    return (rows if only is None else rows.filter(pk__in=only[kind]))[:MOST]  # in no numbers: Django asks nothing


def calls(job: Job, now: datetime) -> bool:
    """Whether the menu counts it: it is under way, or went wrong lately and somebody should look."""
    if job.state == JobState.WAITING and job.key.startswith("send-"):
        return False  # reminders wait for weeks
    return job.under_way or (job.in_trouble and now - job.at < ALARMING)


def all_planned(viewer: Viewer, now: datetime) -> list[Planned]:
    found = list(schedules(viewer.organisation).prefetch_related(None).select_related("organisation", "campaign"))
    last = last_runs(viewer.organisation) if found else {}
    return [planned(item, last.get(item.pk), now) for item in found]
