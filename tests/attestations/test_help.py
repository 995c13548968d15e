"""“I need help”: a queue for helpers, answered by mail, which tells nobody what else somebody answered."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from compliance.attestations.models import HelpRequest, HelpTemplate
from compliance.attestations.rules import Closing
from compliance.attestations.services import HelpRefused, answer_help, assign_help, close_help, reopen_help, take_help
from compliance.campaigns.models import AttestationRequest, Campaign, Invitation, Message
from compliance.campaigns.services import close_campaign
from compliance.campaigns.services.delivery import deliver_due
from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation, User
from organisations.rules import Role
from tests.attestations.browsing import send
from tests.conftest import give
from tests.pages import html

Invite = Callable[..., Invitation]


@pytest.fixture
def asked(invite: Invite) -> HelpRequest:
    page = send(invite(), "need_help")
    assert "Somebody will write to your work e-mail to help you." in page.content.decode()
    return HelpRequest.objects.get()


def test_a_helper_sees_who_and_about_what_and_answers_by_mail(
    asked: HelpRequest, organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    helper = signed_in(Role.HELPER)
    queue = helper.get("/o/acme/help/").content.decode()
    assert "Ada" in queue
    page = helper.get(f"/o/acme/help/{asked.pk}/")
    assert "Set <strong>Use my data for training" in page.content.decode()
    text = "Look under Data privacy.\n\nStill not there? Call me: 4711 <b>"
    done = helper.post(f"/o/acme/help/{asked.pk}/", {"text": text}, follow=True)
    assert "Your answer to Ada is on its way." in done.content.decode()
    message = Message.objects.select_related("letter").get(kind="help")
    deliver_due()
    sent = (settings.OUTBOX_DIR / f"{message.public_id}.eml").read_text()
    assert "To: ada@acme.example" in sent
    letter = Message.objects.select_related("letter").get(pk=message.pk).letter
    assert letter
    assert "You asked for help: LinkedIn" in letter.subject
    assert "Look under Data privacy.\n\nStill not there? Call me: 4711 <b>" in letter.text
    assert "4711 &lt;b&gt;" in letter.html
    assert HelpRequest.objects.get().state == "answered"
    kinds = set(EvidenceEntry.objects.values_list("kind", flat=True))
    assert {"attestation.recorded", "help.answered"} <= kinds


def test_two_clicks_are_one_mail(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    helper = signed_in(Role.HELPER)
    for text in ("Look there.", "Look there.", "And there."):
        helper.post(f"/o/acme/help/{asked.pk}/", {"text": text})
    assert Message.objects.filter(kind="help").count() == 2


def test_the_helper_sees_the_steps_as_the_person_does(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    Employee.objects.update(language="de")
    html = signed_in(Role.HELPER).get(f"/o/acme/help/{asked.pk}/").content.decode()
    assert "As they read it, in German" in html
    assert "Falls der Link nicht dorthin führt" in html


def test_the_queue_never_shows_another_answer(
    asked: HelpRequest, signed_in: Callable[..., Client], invite: Invite
) -> None:
    HelpRequest.objects.update(created_at=timezone.now())
    AttestationRequest.objects.update(answer="left_on")
    html = signed_in(Role.HELPER).get(f"/o/acme/help/{asked.pk}/").content.decode()
    assert "leave it on" not in html
    assert "left_on" not in html


def test_an_empty_answer_is_a_clear_message(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    page = signed_in(Role.HELPER).post(f"/o/acme/help/{asked.pk}/", {"text": "  "})
    assert page.status_code == 422
    assert not Message.objects.filter(kind="help").exists()


def test_asking_again_reopens_and_a_closed_one_begins_anew(
    asked: HelpRequest, signed_in: Callable[..., Client]
) -> None:
    helper = signed_in(Role.HELPER)
    invitation = Invitation.objects.get()
    helper.post(f"/o/acme/help/{asked.pk}/", {"text": "Try again."})
    give(invitation, "need_help")
    assert HelpRequest.objects.get().state == "open"
    helper.post(f"/o/acme/help/{asked.pk}/close/", {"because": "solved"})
    give(invitation, "need_help")
    assert sorted(HelpRequest.objects.values_list("state", flat=True)) == ["closed", "open"]


def test_a_closed_request_takes_nothing_more(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    signed_in(Role.HELPER)
    user = User.objects.get(email="helper@acme.example")
    take_help(help_request=asked, user=user, now=timezone.now())
    assert HelpRequest.objects.get().taken_by == user
    close_help(help_request=asked, because=Closing.SOLVED, user=user, now=timezone.now())
    with pytest.raises(HelpRefused, match="closed already"):
        take_help(help_request=asked, user=user, now=timezone.now())
    page = signed_in(Role.HELPER).post(f"/o/acme/help/{asked.pk}/", {"text": "Too late."}, follow=True)
    assert "closed already" in page.content.decode()


def test_the_dashboard_says_that_somebody_waits(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    assert "1 person needs help" in signed_in(Role.OWNER).get("/o/acme/").content.decode()


def test_an_answer_that_cannot_go_is_refused_and_the_request_stays(asked: HelpRequest, campaign: Campaign) -> None:
    user = User.objects.create_user("helper@acme.example")
    close_campaign(campaign=campaign, now=timezone.now())
    with pytest.raises(HelpRefused, match="Write to them directly"):
        answer_help(help_request=asked, paragraphs=["Hello."], user=user, now=timezone.now())
    assert HelpRequest.objects.get().state == "open"
    assert not Message.objects.filter(kind="help").exists()


def test_whoever_found_it_after_all_leaves_the_queue(asked: HelpRequest) -> None:
    give(Invitation.objects.get(), "switched_off_now")
    assert HelpRequest.objects.get().state == "closed"


def test_an_auditor_is_not_sent_where_they_may_not_go(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    assert "needs help" not in signed_in(Role.AUDITOR).get("/o/acme/").content.decode()


def test_it_is_given_to_a_colleague_or_to_nobody_and_never_to_a_stranger(
    asked: HelpRequest, signed_in: Callable[..., Client]
) -> None:
    helper = signed_in(Role.HELPER)
    signed_in(Role.ADMIN), signed_in(Role.AUDITOR)
    me, admin, auditor = (User.objects.get(email=f"{name}@acme.example") for name in ("helper", "admin", "auditor"))
    url = f"/o/acme/help/{asked.pk}/assign/"
    helper.post(url, {"to": admin.pk})
    assert HelpRequest.objects.get().taken_by == admin
    assert "Ada" not in html(helper.get("/o/acme/help/?state=mine"))
    assert "Only members" in helper.post(url, {"to": auditor.pk}, follow=True).content.decode()
    with pytest.raises(HelpRefused, match="Only members"):
        assign_help(help_request=asked, to=auditor, user=me, now=timezone.now())
    assert HelpRequest.objects.get().taken_by == admin
    helper.post(url, {"to": ""})
    assert HelpRequest.objects.get().taken_by is None
    helper.post(f"/o/acme/help/{asked.pk}/take/")
    assert "Ada" in helper.get("/o/acme/help/?state=mine").content.decode()
    assert list(EvidenceEntry.objects.filter(kind="help.assigned").values_list("facts__to", flat=True)) == [admin.pk, 0]


def test_a_template_is_filled_shown_first_and_sent_as_it_was_changed(
    asked: HelpRequest, signed_in: Callable[..., Client]
) -> None:
    helper, url = signed_in(Role.HELPER), f"/o/acme/help/{asked.pk}/"
    Employee.objects.update(name="Lovelace, Ada")
    begun = helper.get(url, {"template": "A time to talk"}).content.decode()
    assert "Thank you for asking, Ada. It is easiest to look at LinkedIn" in begun
    shown = helper.post(url, {"text": "Monday or Tuesday?", "preview": "on"}).content.decode()
    assert "As it will be. Nothing has been sent yet." in shown
    assert "[their personal link]" in shown
    assert not Message.objects.filter(kind="help").exists()
    refused = helper.post(url, {"text": "Hello {surname}, ask {first name}."})
    assert (refused.status_code, "Nothing fills {surname}" in refused.content.decode()) == (422, True)
    helper.post(url, {"text": "Monday or Tuesday?"})
    letter = Message.objects.select_related("letter").get(kind="help").letter
    assert letter
    assert "Monday or Tuesday?" in letter.text


def test_an_organisation_has_its_own_words(
    asked: HelpRequest, organisation: Organisation, other_organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    helper, url = signed_in(Role.HELPER), "/o/acme/help/templates/"
    strange = helper.post(url, {"name": "Desk", "text": "Hello {name}"})
    assert (strange.status_code, HelpTemplate.objects.count()) == (422, 0)
    helper.post(url, {"name": "Desk", "text": "Come to the desk, {first name}."})
    assert HelpTemplate.objects.filter(organisation=organisation).count() == 5
    page = helper.get(f"/o/acme/help/{asked.pk}/", {"template": "Desk"}).content.decode()
    assert "Come to the desk, Ada." in page
    theirs = HelpTemplate.objects.create(organisation=other_organisation, name="Theirs", text="x")
    assert "Theirs" not in helper.get(url).content.decode()
    assert helper.post(url, {"forget": theirs.pk}).status_code == 404
    helper.post(url, {"forget": HelpTemplate.objects.get(name="Desk").pk})
    assert HelpTemplate.objects.filter(organisation=organisation).count() == 4


@pytest.mark.parametrize("because", ["", "elsewhere"])
def test_works_council_mode_says_of_a_closed_request_only_that(
    asked: HelpRequest, signed_in: Callable[..., Client], because: str
) -> None:
    """“The person answered” is what nobody sees there, and “nobody yet” beside a closed one would tell it too."""
    Organisation.objects.update(works_council_mode=True)
    helper = signed_in(Role.HELPER)
    user = User.objects.get(email="helper@acme.example")
    HelpRequest.objects.update(state="closed", closed_because=because, taken_by=user if because else None)
    queue = helper.get("/o/acme/help/?state=closed").content.decode()
    cell = queue.partition('data-label="Looked after by">')[2].partition("</td>")[0]
    assert "".join(cell.split()) == "<span>Closed</span>"
    alone = helper.get(f"/o/acme/help/{asked.pk}/").content.decode()
    assert "<p>Closed</p>" in alone.replace("\n</p>", "</p>")
    assert "Closed by itself" not in alone
    assert "<p>Helped by telephone" not in alone


def test_it_is_closed_for_a_reason_and_opened_again(asked: HelpRequest, signed_in: Callable[..., Client]) -> None:
    helper, url = signed_in(Role.HELPER), f"/o/acme/help/{asked.pk}/"
    assert "Choose why" in helper.post(f"{url}close/", {"because": "bored"}, follow=True).content.decode()
    helper.post(f"{url}close/", {"because": "elsewhere"})
    assert HelpRequest.objects.get().closed_because == "elsewhere"
    assert "Helped by telephone" in helper.get("/o/acme/help/?state=closed").content.decode()
    helper.post(f"{url}reopen/")
    again = HelpRequest.objects.get()
    assert (again.state, again.closed_because) == ("open", "")
    user = User.objects.get(email="helper@acme.example")
    with pytest.raises(HelpRefused, match="open already"):
        reopen_help(help_request=asked, user=user, now=timezone.now())
    helper.post(f"{url}close/", {"because": "silent"})
    give(Invitation.objects.get(), "need_help")
    with pytest.raises(HelpRefused, match="asked again"):
        reopen_help(help_request=asked, user=user, now=timezone.now())
