"""What a report can be about, and what it needs to know beside its campaign and instant."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_ANNEX_ROWS = 20_000  # of a PDF's annex; longer ones are in the XLSX and CSV alone


class ReportKind(StrEnum):
    READINESS = "readiness"
    CAMPAIGN = "campaign"  # what was sent to whom when, and on what grounds
    REGION = "region"  # one country
    COMPARISON = "comparison"  # two campaigns, or two instants of one


KIND_NAMES = {
    ReportKind.READINESS: "Readiness",
    ReportKind.CAMPAIGN: "Campaign evidence",
    ReportKind.REGION: "Region sheet",
    ReportKind.COMPARISON: "Comparison",
}


@dataclass(frozen=True)
class Wanted:
    """`country` is that of a region sheet. A comparison has another campaign (its id), another instant, or both.

    `names`: the annex of campaign evidence says to whom each mail went.
    """

    kind: ReportKind = ReportKind.READINESS
    country: str = ""
    compared_with: int | None = None
    compared_as_of: datetime | None = None
    names: bool = False
