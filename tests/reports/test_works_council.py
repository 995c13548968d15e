"""Works-council mode: whatever page or file an owner opens, an answer makes no difference to what stands there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from compliance.attestations.models import HelpRequest
from compliance.campaigns.models import Campaign, Invitation, Message
from compliance.campaigns.services import CampaignRefused, send_again
from compliance.campaigns.services.delivery import deliver_due
from compliance.campaigns.services.mailing import stop_reminders
from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation, User
from organisations.rules import Role
from organisations.services import set_works_council_mode
from reports.rules import ReportKind, Wanted
from reports.services import build_report, request_report
from tests.conftest import give
from tests.organisations.test_access import PAGES

NAME = "Zyzzyva Quill"
# Files and sheets that a button makes, beside every page that is opened by its address.
MADE = {
    "people-export": {"format": "csv"},
    "campaign-links": {},
    "campaign-notices": {"which": "all"},
    "person-export": {},
}


@pytest.fixture
def invitation(campaign: Campaign, invite: Callable[..., Invitation], hire: Callable[..., Employee]) -> Invitation:
    for number in range(7):
        hire(f"Colleague {number}", "GB")
    found = invite(NAME, "GB")
    deliver_due()
    return found


@pytest.fixture
def mode(organisation: Organisation, invitation: Invitation) -> None:
    user = User.objects.create_user("someone@acme.example")
    assert set_works_council_mode(organisation=organisation, on=True, user=user, now=timezone.now())


def addresses(invitation: Invitation) -> dict[str, str]:
    """Every page of the workplace that names a row, or none, with this person's rows."""
    first = Message.objects.filter(invitation=invitation).earliest("id")
    rows: dict[str, list[Any]] = {
        "person": [invitation.employee_id], "invitation": [invitation.pk], "campaign": [invitation.campaign_id],
        "outbox-mail": [first.public_id], "policy": ["linkedin-genai-training"],
    }  # fmt: skip
    found = {}
    for name, (_roles, method) in PAGES.items():
        if method != "get" and name not in MADE:
            continue
        own = next((rows[key] for key in (name.removesuffix("-html"), name.split("-")[0]) if key in rows), [])
        if name == "campaign-step":
            own = [*own, "dates"]
        for arguments in (own, []):
            try:
                found[name] = reverse(name, args=["acme", *arguments])
                break
            except NoReverseMatch:
                continue  # a page about a row that this test has none of
    return found


def seen(browser: Client, urls: dict[str, str]) -> dict[str, str]:
    """What each address answers, without what differs from one request to the next."""
    found = {}
    for name, url in urls.items():
        answer = browser.post(url, MADE[name], follow=True) if name in MADE else browser.get(url)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = content.decode("utf-8", "replace")
        text = re.sub(r'csrfmiddlewaretoken" value="\w+"|x-csrftoken": "\w+"', "", text)
        found[name] = f"{answer.status_code} {text}"
    return found


def with_names(pages: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in pages.items() if "Zyzzyva" in text}


SAID: dict[str, Callable[[Invitation], object]] = {
    "an answer": lambda invitation: give(invitation, "left_on"),
    "another answer": lambda invitation: give(invitation, "already_off"),
    "no reminders": lambda invitation: stop_reminders(invitation=invitation, now=timezone.now()),
}


@pytest.mark.parametrize("what", SAID)
def test_no_page_with_a_name_tells_what_that_person_did(
    what: str, mode: None, invitation: Invitation, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser, urls = signed_in(Role.OWNER), addresses(invitation)
    before = with_names(seen(browser, urls))
    assert {"people", "person", "outbox", "outbox-mail", "person-erase", "people-export"} <= before.keys()
    SAID[what](invitation)
    deliver_due(clock=lambda: timezone.now() + timedelta(hours=1))
    after = with_names(seen(browser, urls))
    assert before.keys() == after.keys()
    for name, text in after.items():
        assert text == before[name], name


def test_without_the_mode_the_same_pages_tell(
    invitation: Invitation, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    """The test above can fail."""
    browser, urls = signed_in(Role.OWNER), addresses(invitation)
    before = with_names(seen(browser, urls))
    give(invitation, "left_on")
    after = with_names(seen(browser, urls))
    assert {name for name in after if after[name] != before.get(name)} >= {"person", "person-export"}


def test_mails_that_tell_are_not_opened_and_links_not_exported(
    mode: None, invitation: Invitation, signed_in: Callable[..., Client], organisation: Organisation
) -> None:
    browser = signed_in(Role.OWNER)
    first = Message.objects.filter(invitation=invitation).get()
    reminder = Message.objects.create(
        organisation=organisation, campaign=invitation.campaign, invitation=invitation, kind="reminder", step=1,
        due_at=timezone.now(), state="sent", sent_at=timezone.now(),
    )  # fmt: skip
    assert browser.get(reverse("outbox-mail", args=["acme", first.public_id])).status_code == 200
    for name in ("outbox-mail", "outbox-mail-html"):
        assert browser.get(reverse(name, args=["acme", reminder.public_id])).status_code == 404
    # Whoever has the link can see the answer on the person's page: no mail that lies here shows it.
    shown = browser.get(reverse("outbox-mail", args=["acme", first.public_id])).content.decode()
    shown += browser.get(reverse("outbox-mail-html", args=["acme", first.public_id])).content.decode()
    assert set(re.findall(r"/l/([\w-]+)", shown)) == {"link-of-the-person"}  # what stands in the place of one
    links = browser.post(reverse("campaign-links", args=["acme", invitation.campaign_id]), follow=True).content.decode()
    assert "works-council mode exports none" in links
    with pytest.raises(CampaignRefused, match="who is silent"):
        send_again(campaign=Campaign.objects.get(), which="unanswered", now=timezone.now())
    notices = browser.post(reverse("campaign-notices", args=["acme", invitation.campaign_id]), {"which": "all"})
    assert "Zyzzyva" not in notices.content.decode()


@pytest.mark.parametrize("which", ["failed", "bounced", "unknown"])
def test_a_mail_sent_again_does_not_tell_who_answered(
    which: str, mode: None, invitation: Invitation, organisation: Organisation
) -> None:
    """By a notice, say: whose mail stays as it is would be known to have."""
    Message.objects.filter(invitation=invitation).update(state=which, sent_at=None)
    Message.objects.create(
        organisation=organisation, campaign=invitation.campaign, invitation=invitation, kind="reminder", step=1,
        due_at=timezone.now(), state=which,
    )  # fmt: skip
    give(invitation, "left_on")
    assert send_again(campaign=Campaign.objects.get(), which=which, now=timezone.now()) == 1
    assert Message.objects.get(invitation=invitation, kind="instruction").state == "queued"


def test_the_log_does_not_tell_whose_reminders_ended(mode: None, invitation: Invitation) -> None:
    """The number of a link stands in entries that say whose it is."""
    stop_reminders(invitation=invitation, now=timezone.now())
    entry = EvidenceEntry.objects.latest("seq")
    assert (entry.kind, entry.facts) == ("invitation.reminders_stopped", {"campaign": invitation.campaign_id})


def test_sending_a_link_and_the_help_queue_stay(
    mode: None, invitation: Invitation, signed_in: Callable[..., Client], bells: list[Any]
) -> None:
    browser = signed_in(Role.OWNER)
    browser.post(reverse("invitation-new-link", args=["acme", invitation.pk]))
    assert Message.objects.filter(invitation=invitation, kind="link").count() == 1
    give(Invitation.objects.get(pk=invitation.pk), "need_help")
    queue = browser.get(reverse("help", args=["acme"])).content.decode()
    assert NAME in queue
    page = browser.get(reverse("help-request", args=["acme", HelpRequest.objects.get().pk])).content.decode()
    assert NAME in page
    assert "Need" not in browser.get(reverse("person", args=["acme", invitation.employee_id])).content.decode()


def test_figures_are_of_five_people_at_least(
    organisation: Organisation, invitation: Invitation, signed_in: Callable[..., Client]
) -> None:
    Organisation.objects.update(minimum_cell=1)
    give(invitation, "already_off")
    browser = signed_in(Role.OWNER)
    assert "1 of 8 asked" in browser.get("/o/acme/").content.decode()
    browser.post(reverse("settings-works-council", args=["acme"]), {"mode": "on"})
    page = browser.get("/o/acme/").content.decode()
    assert "1 of 8 asked" not in page
    assert "&lt;5 of 8 asked" in page


def test_the_switch_says_what_it_does_and_stands_in_the_log(
    organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser, url = signed_in(Role.OWNER), reverse("settings-works-council", args=["acme"])
    assert "nobody, owners included, sees what a person answered" in browser.get("/o/acme/settings/").content.decode()
    for value in ("on", "on", "off"):
        browser.post(url, {"mode": value})
    entries = EvidenceEntry.objects.filter(kind="organisation.works_council_mode").order_by("seq")
    assert [entry.facts["on"] for entry in entries] == [True, False]


def test_no_kind_of_report_lists_names_and_nobody_s_extract_is_drawn(
    organisation: Organisation, invitation: Invitation, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(Role.OWNER)
    campaign = invitation.campaign
    named = request_report(
        organisation=organisation, campaign=campaign, user=None, now=timezone.now(),
        wanted=Wanted(ReportKind.CAMPAIGN, names=True),
    )  # fmt: skip
    browser.post(reverse("settings-works-council", args=["acme"]), {"mode": "on"})
    asked = browser.post(
        reverse("report-new", args=["acme"]), {"campaign": campaign.pk, "kind": "campaign", "names": "on"}, follow=True
    )
    assert "In works-council mode no report lists names." in asked.content.decode()
    assert browser.get(reverse("report", args=["acme", named.pk])).status_code == 404
    build_report(report_id=named.pk, now=timezone.now())
    named.refresh_from_db()
    assert (named.state, named.detail) == ("failed", "In works-council mode no report lists names.")
    extract = browser.post(reverse("person-extract", args=["acme", invitation.employee_id]), follow=True)
    assert "nobody here sees what a person answered" in extract.content.decode()
