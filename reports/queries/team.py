"""How many of a manager's direct reports have answered, as it may be shown."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from compliance.campaigns.models import Campaign
from compliance.catalogue.rules import ASKING, COLLECTING
from organisations.models import Organisation
from reports.queries.tallies import requests_as_of
from reports.rules import COUNTED, UNANSWERED, Figures, protected_row, share


@dataclass(frozen=True)
class TeamResponse:
    """`asked` is exact; `answered` in steps, rounded down; both are 0 where the team is below the minimum."""

    asked: int
    answered: int
    step: int

    @property
    def too_few(self) -> bool:
        return self.asked < self.step

    @property
    def rate(self) -> str:
        return share(self.answered, self.asked, self.step)


def team_response(
    organisation: Organisation, campaign: Campaign, manager: str, as_of: datetime, minimum_cell: int
) -> TeamResponse:
    """Of those whose manager has this address. What was answered is not looked at, and below the minimum nothing is."""
    rows = requests_as_of(campaign, as_of).filter(
        Q(collection_mode__in=sorted(COLLECTING)) & Q(advice__in=ASKING),
        invitation__campaign__organisation=organisation,
        invitation__employee__manager_email__iexact=manager,
    )
    people = rows.values("invitation_id").annotate(least=Min("rank"), counted=Max("rank", filter=Q(rank=COUNTED)))
    found = [row["least"] > UNANSWERED or row["counted"] is not None for row in people]
    step = max(1, minimum_cell)
    if len(found) < step:
        return TeamResponse(0, 0, step)
    shown = protected_row(Figures(asked=len(found), confirmed=sum(found)), step)
    return TeamResponse(shown.asked, shown.confirmed, step)
