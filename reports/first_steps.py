"""What a new installation still lacks, in the order in which somebody does it. Nothing is ticked off: each step is done
when what it makes is there, so it can be left and taken up again."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.campaigns.models import Campaign
from compliance.campaigns.queries import mail_test, mails_stay_here
from compliance.campaigns.rules import CampaignState
from compliance.campaigns.services.trying_mail import way_out
from employees.queries import active_employees
from organisations.models import Organisation
from organisations.rules import Act, Role, may


@dataclass(frozen=True)
class FirstStep:
    """`action` is the label of the link to `url`."""

    label: str
    text: str
    url: str
    action: str
    done: bool


@dataclass(frozen=True)
class Checklist:
    steps: list[FirstStep]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def current(self) -> FirstStep:
        """The first that is not done."""
        return next(step for step in self.steps if not step.done)


def first_steps(
    organisation: Organisation, role: Role, *, second_factor: bool, campaigns: Sequence[Campaign]
) -> Checklist | None:
    """The steps, for whoever may do them; None once all are done. `second_factor`: whether the reader has one;
    `campaigns`: all of the organisation."""
    if not may(role, Act.RUN_CAMPAIGN):
        return None
    drafts = [item for item in campaigns if item.state == CampaignState.DRAFT]
    started = len(drafts) < len(campaigns)
    steps = [
        _account(second_factor),
        _mail(organisation),
        _roster(organisation, started),
        _campaign(organisation, started, drafts),
    ]
    return None if all(step.done for step in steps) else Checklist(steps)


def _account(second_factor: bool) -> FirstStep:
    text = _("A password alone lets nobody in who can write to all staff.")
    return FirstStep(_("Your account with a second factor"), text, reverse("mfa_index"), _("Set it up"), second_factor)


def _mail(organisation: Organisation) -> FirstStep:
    done = organisation.outbox_only or _mail_was_tried(organisation)
    if mails_stay_here(organisation):
        text = _("No mail server is set: mails stay on this machine. Good for a trial; see what is set, and try it.")
    else:
        text = _("Send yourself a test mail: it shows whether staff will get theirs.")
    return FirstStep(
        _("Mail"), text, reverse("mail-settings", args=[organisation.slug]), _("Try the mail settings"), done
    )


def _mail_was_tried(organisation: Organisation) -> bool:
    test = mail_test(organisation)
    return test is not None and test.taken and test.way == way_out(organisation)


def _roster(organisation: Organisation, started: bool) -> FirstStep:
    text = _(
        "The list your HR system exports, or invented people to try things out. You see a plan before anything changes."
    )
    url, done = reverse("import-upload", args=[organisation.slug]), started or active_employees(organisation).exists()
    return FirstStep(_("Staff roster"), text, url, _("Import a roster"), done)


def _campaign(organisation: Organisation, started: bool, drafts: Sequence[Campaign]) -> FirstStep:
    text = _("Choose the policies, who is told, and when. Nobody gets a mail before you start it.")
    if drafts:
        url, action = reverse("campaign", args=[organisation.slug, drafts[0].pk]), _("Go on with the draft")
    else:
        url, action = reverse("campaign-new", args=[organisation.slug]), _("New campaign")
    return FirstStep(_("First campaign"), text, url, action, started)
