"""What a draft comes to, in numbers and sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from compliance.campaigns import queries
from compliance.campaigns.gateways.calendars import place_of
from compliance.campaigns.letters.words import mail_language
from compliance.campaigns.models import Campaign
from compliance.campaigns.rules.schedule import reminders
from compliance.campaigns.services.inviting import WORKS_COUNCIL, clock_of, first_mail_of
from compliance.campaigns.services.running import outgrown

_NAMES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class PlaceTimes:
    """When the mails of a region go, in words of its own time."""

    name: str
    people: int
    at: datetime
    first: str
    reminders: list[str]


@dataclass(frozen=True)
class Summary:
    rows: list[queries.Audience]
    languages: dict[str, int]
    times: list[PlaceTimes]
    blocks: list[str]

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rows)

    @property
    def asked(self) -> int:
        return sum(row.asked for row in self.rows)

    @property
    def informed(self) -> int:
        return sum(row.informed for row in self.rows)

    @property
    def offered(self) -> int:
        return sum(row.offered for row in self.rows)

    @property
    def first(self) -> PlaceTimes | None:
        return min(self.times, key=lambda times: times.at, default=None)


def summary(campaign: Campaign, now: datetime) -> Summary:
    rows = queries.audience_of(campaign, now.date())
    return Summary(rows, _languages(campaign, {row.country for row in rows}), _times(campaign, rows, now),
                   _blocks(campaign, rows, now))  # fmt: skip


def _languages(campaign: Campaign, countries: set[str]) -> dict[str, int]:
    """Name of the mail's language → people, most first."""
    found: dict[str, int] = {}
    for language, country, number in queries.spoken_by(campaign):
        if country in countries:
            mailed = mail_language(language, country)
            name = _NAMES[mailed]
            found[name] = found.get(name, 0) + number
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _times(campaign: Campaign, rows: list[queries.Audience], now: datetime) -> list[PlaceTimes]:
    found = []
    for row in rows:
        clock, first = clock_of(campaign, row.country, ""), first_mail_of(campaign, row.country, "", now)
        zone = place_of(row.country, "").zone
        later = reminders(clock, first, campaign.reminders, campaign.reminder_days, campaign.closes_at)
        words = dateformat.format(first.astimezone(zone), "D j M Y, H:i")
        reminded = [dateformat.format(at.astimezone(zone), "D j M") for at in later]
        found.append(PlaceTimes(row.name, row.people, first, words, reminded))
    return found


def _blocks(campaign: Campaign, rows: list[queries.Audience], now: datetime) -> list[str]:
    """What stands between the draft and its start, each as a sentence that says what to do."""
    blocks = list(campaign.terms.missing())
    if not rows:
        blocks.append(_("Nobody on the roster is concerned. Import a roster, or choose other policies or people."))
    if campaign.closes_at <= now:
        blocks.append(_("The last day to answer has passed. Choose a later one."))
    places = [row.name for row in rows if row.requires == WORKS_COUNCIL]
    if places and not campaign.works_council.strip():
        blocks.append(
            _(
                "People in %(places)s may be asked only in agreement with the works council. Write "
                "down the agreement and its date, or why none is needed."
            )
            % {"places": ", ".join(places)}
        )
    people, above = sum(row.people for row in rows), campaign.organisation.approval_above
    if people > above and campaign.approved_by_id and not campaign.approved_for(people):
        blocks.append(outgrown(campaign, people))
    elif people > above and campaign.approved_by_id is None:
        blocks.append(
            _("It reaches %(people)s people. Above %(above)s, a second owner or administrator has to approve it.")
            % {"people": number_format(people), "above": number_format(above)}
        )
    return blocks
