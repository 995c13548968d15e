"""The whole job on invented people, the way it really goes: through the importer, the worker and the link pages."""

import shutil
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.demo import answering, setting_up
from config.demo.progress import Bar
from employees.gateways import UnreadableRoster
from employees.services import ImportRefused
from reports.models import Report
from reports.queries import readiness
from reports.rules import ReportState
from reports.wording import headline, named_regions

SAMPLE = settings.BASE_DIR / "samples" / "roster.csv"
WAIT_SECONDS = 300


class Command(BaseCommand):
    help = "Shows the whole job: roster, campaign, mails, answers through the links, PDF. Needs a running `bin/serve`."

    def add_arguments(self, parser: CommandParser | ArgumentParser) -> None:
        parser.add_argument("--base-url", default=settings.BASE_URL, help="where the web server answers")
        parser.add_argument("--roster", type=Path, help="your own file; no answers are made up")

    def handle(self, *args: Any, base_url: str, roster: Path | None, **options: Any) -> None:
        own = roster is not None
        organisation, login = setting_up.organisation(own=own)
        try:
            imported = setting_up.roster(organisation, roster or SAMPLE)
        except (UnreadableRoster, ImportRefused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(imported)
        campaign = setting_up.campaign(organisation)
        self._wait_for_mails(campaign.pk)
        if not own:
            self._answer(base_url, campaign.pk)
        report = setting_up.report(organisation, campaign)
        self._wait_for_report(report.pk)
        report.refresh_from_db()
        if report.state != ReportState.DONE:
            raise CommandError(f"The report failed: {report.detail}")
        target = settings.VAR_DIR / "demo" / ("readiness-own.pdf" if own else "readiness.pdf")
        shutil.copyfile(report.path, target)
        self._say_where(base_url, organisation.slug, login, campaign.pk, target, report)

    def _wait_for_mails(self, campaign_id: int) -> None:
        with Bar("Mails sent by the worker", setting_up.mails_wanted(campaign_id)) as bar:
            self._until(lambda: bar.show(setting_up.mails_done(campaign_id)))
        if failed := setting_up.mails_failed(campaign_id):
            self.stdout.write(f"{failed} mails failed; the outbox page says why.")

    def _answer(self, base_url: str, campaign_id: int) -> None:
        people = answering.mails_to_answer(campaign_id)
        if not people:
            self.stdout.write("Everybody who answers in this demo has answered already.")
            return
        with Bar(f"Answers through the links ({answering.SHARE:.0%} of those asked)", len(people)) as bar:
            for number, mail in enumerate(people, start=1):
                answering.answer(mail, base_url)
                bar.show(number)

    def _wait_for_report(self, report_id: int) -> None:
        with Bar("PDF by the worker", 100, unit="%") as bar:

            def show() -> bool:
                report = Report.objects.get(pk=report_id)
                bar.show(report.progress, report.stage)
                return report.state in {ReportState.DONE, ReportState.FAILED}

            self._until(show)

    def _until(self, done: Any) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise CommandError("The worker does not get on. Is bin/serve running? Its log is in var/log/serve.log.")
            time.sleep(0.1)

    def _say_where(self, base_url: str, slug: str, login: Path, campaign_id: int, pdf: Path, report: Report) -> None:
        link = answering.example_link(campaign_id, base_url)
        made = timezone.localtime(report.finished_at or timezone.now())
        found = readiness(report.campaign, report.as_of, report.organisation.smallest_group)
        self.stdout.write(
            "\n".join(
                [
                    "",
                    f"  {headline(found, named_regions(found.regions, found.step))}",
                    "",
                    f"  Dashboard     {base_url}/o/{slug}/",
                    f"  Sign in as    {setting_up.ADMIN}",
                    f"  Password      {login.read_text().strip()}",
                    f"  A staff link  {link}",
                    f"  The mails     {settings.OUTBOX_DIR}/*.eml",
                    f"  The report    {pdf} ({report.pages} pages, made {made:%H:%M:%S})",
                    "",
                ]
            )
        )
