"""Children of `benchmarks.dashboard`. `populate PEOPLE ANSWERS` writes a campaign of so many people and so many rows of
answers. `measure REQUESTS` opens the pages so often as a signed-in administrator and prints one line of JSON."""

import json
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import django

django.setup()

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY  # noqa: E402 - Django first
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.form import interleaved  # noqa: E402
from benchmarks.populate import make  # noqa: E402
from compliance.attestations.models import Attestation  # noqa: E402
from compliance.campaigns.models import AttestationRequest, Campaign  # noqa: E402
from organisations.rules import Role  # noqa: E402
from organisations.services import add_member  # noqa: E402
from reports.queries import standing  # noqa: E402
from reports.services import keep_figures  # noqa: E402

PAGES = {"dashboard": "", "filtered": "?country=DE", "live": "?campaign={campaign}", "people": "people/"}


def populate(people: int, answers: int) -> None:
    """Answers that were changed later come before those that stand: what stands does not move."""
    campaign = make(people)
    answered = AttestationRequest.objects.filter(invitation__campaign=campaign).exclude(answer="").order_by("id")
    rows = [(pk, at) for pk, at in answered.values_list("pk", "answered_at") if at]
    batch: list[Attestation] = []
    for number in range(max(0, answers - len(rows))):
        pk, at = rows[number % len(rows)]
        earlier = at - timedelta(minutes=1 + number // len(rows))
        one = Attestation(
            request_id=pk, answer="left_on", submission=uuid.uuid4(), language="en", created_at=earlier
        )  # fmt: skip
        batch.append(one)
        if len(batch) == 20_000:
            Attestation.objects.bulk_create(batch, batch_size=900)
            batch.clear()
    Attestation.objects.bulk_create(batch, batch_size=900)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def signed_in(campaign: Campaign) -> Client:
    email = f"admin-{uuid.uuid4().hex}@example.org"
    user = add_member(organisation=campaign.organisation, email=email, role=Role.ADMIN, now=timezone.now()).user
    TOTP.activate(user, generate_totp_secret())
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(user)
    session = browser.session
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session.save()
    return browser


def opened(browser: Client, campaign: Campaign, page: str) -> None:
    url = f"/o/{campaign.organisation.slug}/{PAGES[page].format(campaign=campaign.pk)}"
    headers = {"HX-Request": "true"} if page == "live" else {}
    answer = browser.get(url, headers=headers)
    if answer.status_code != 200 or b"being counted" in answer.content:
        raise SystemExit(f"{url} answers {answer.status_code}, or without figures")


def measure(campaign: Campaign, requests: int) -> dict[str, float]:
    """Milliseconds of whole requests by Django's test client: p50 and p95; queries of each page, without the begin and
    the end of a transaction; totals."""
    keep_figures(campaign_id=campaign.pk, now=timezone.now())  # as a worker does after every change
    browser, found = signed_in(campaign), {"rows": float(Attestation.objects.count())}
    for page in PAGES:
        opened(browser, campaign, page)
        with CaptureQueriesContext(connection) as caught:
            opened(browser, campaign, page)
        found[f"{page}_queries"] = sum(query["sql"] not in {"BEGIN", "BEGIN IMMEDIATE", "COMMIT"} for query in caught)
        taken = []
        for _ in range(requests):
            begun = time.perf_counter()
            opened(browser, campaign, page)
            taken.append(1000 * (time.perf_counter() - begun))
        found[f"{page}_p50"] = statistics.median(taken)
        found[f"{page}_p95"] = sorted(taken)[int(0.95 * (len(taken) - 1))]
    return found | wall(browser, campaign, requests) | totals(campaign)


def wall(browser: Client, campaign: Campaign, requests: int) -> dict[str, float]:
    """Milliseconds of the dashboard as it is, and while the first wall between organisations is not asked."""

    def as_it_is() -> None:
        opened(browser, campaign, "dashboard")

    def open_wide() -> None:
        with patch.multiple("config.compilers", check=nothing, check_new=nothing):
            opened(browser, campaign, "dashboard")

    def nothing(*_: object, **__: object) -> None: ...

    ways: dict[str, Callable[[], object]] = {"asked": as_it_is, "open": open_wide}
    return {f"wall_{name}": 1000 * taken for name, taken in interleaved(ways, requests).items()}


_WINDOW = """
SELECT answer, COUNT(*) FROM (
    SELECT answer, ROW_NUMBER() OVER (PARTITION BY request_id ORDER BY id DESC) AS place FROM {table}
) AS said WHERE place = 1 GROUP BY answer
"""


def totals(campaign: Campaign) -> dict[str, float]:
    """Milliseconds of the campaign's figures as the dashboard takes them, and of a window over all answers."""

    def window() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_WINDOW.format(table=Attestation._meta.db_table))
            cursor.fetchall()

    ways: dict[str, Callable[[], object]] = {"kept": lambda: standing(campaign, timezone.now()), "window": window}
    return {f"totals_{name}": 1000 * taken for name, taken in interleaved(ways, 5).items()}


def main() -> None:
    if sys.argv[1] == "populate":
        populate(int(sys.argv[2]), int(sys.argv[3]))
    else:
        print(json.dumps(measure(Campaign.objects.select_related("organisation").get(), int(sys.argv[2]))))


if __name__ == "__main__":
    main()
