"""Every kind of report as pages to look at: kinds × languages × paper, for few people and for many. Needs `pdftoppm`.

    .venv/bin/python -m tests.by_hand.papers FOLDER [--people 12,100000] [--languages en,de] [--papers A4,Letter]
        [--kinds readiness,campaign,region,comparison] [--dpi 60]

Writes KIND-PEOPLE-LANGUAGE-PAPER.pdf and a PNG of each page into FOLDER. The people are those of the benchmarks; a
database that was written once stays in FOLDER/PEOPLE and is used again.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()  # of the parent, on its own settings; a child comes with those of its database

from benchmarks.form import environment, fresh_database  # noqa: E402 - Django first
from benchmarks.populate import AS_OF, START, make  # noqa: E402
from compliance.campaigns.models import Campaign, Letter  # noqa: E402
from compliance.campaigns.services.previewing import preview_words  # noqa: E402
from reports.rules import Paper, ReportKind, Wanted  # noqa: E402
from reports.services import build_report, request_report  # noqa: E402


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", default="12,100000")
    parser.add_argument("--languages", default="en,de")
    parser.add_argument("--papers", default="A4,Letter")
    parser.add_argument("--kinds", default="readiness,campaign,region,comparison")
    parser.add_argument("--dpi", default="60")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser


def main() -> None:
    given = arguments().parse_args()
    if given.inside:
        inside(given)
        return
    for people in given.people.split(","):
        folder = given.folder / people
        env = environment("sqlite", folder)
        folder.mkdir(parents=True, exist_ok=True)
        fresh_database(env)  # one that is there already is brought up to date
        line = [sys.executable, "-m", "tests.by_hand.papers", *sys.argv[1:], "--people", people, "--inside"]
        subprocess.run(line, env=env, check=True)
    for pdf in sorted(given.folder.glob("*.pdf")):
        subprocess.run(["pdftoppm", "-r", given.dpi, "-png", str(pdf), str(pdf.with_suffix(""))], check=True)


def inside(given: argparse.Namespace) -> None:
    """In a process whose database is that of so many people."""
    people = int(given.people)
    campaign = Campaign.objects.select_related("organisation").first() or make(people)
    words = preview_words(
        campaign=campaign, country="GB", subdivision="", language="en", kind="instruction", step=0, now=START
    )  # fmt: skip
    assert words
    Letter.objects.update(text=words.text, subject=words.subject)
    wanted = {
        "readiness": Wanted(),
        "campaign": Wanted(ReportKind.CAMPAIGN),
        "region": Wanted(ReportKind.REGION, country="GB"),
        "comparison": Wanted(ReportKind.COMPARISON, compared_as_of=START + timedelta(days=14)),
    }
    for kind, language, paper in choices(given):
        report = request_report(
            organisation=campaign.organisation, campaign=campaign, user=None, now=AS_OF, as_of=AS_OF,
            language=language, paper=Paper(paper), wanted=wanted[kind],
        )  # fmt: skip
        build_report(report_id=report.pk, now=AS_OF)
        report.refresh_from_db()
        name = f"{kind}-{people}-{language}-{paper}"
        sys.stdout.write(f"{name}: {report.state} {report.detail} {report.pages} pages\n")
        if report.file:
            shutil.copy(report.path, given.folder / f"{name}.pdf")


def choices(given: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    for kind in given.kinds.split(","):
        for language in given.languages.split(","):
            for paper in given.papers.split(","):
                yield kind, language, paper


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main()
