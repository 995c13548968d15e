"""What must be settled before anybody is asked."""

from dataclasses import dataclass
from enum import StrEnum


class LawfulBasis(StrEnum):
    """GDPR article 6(1). Consent is not offered: staff can hardly refuse their employer freely (EDPB 05/2020)."""

    LEGITIMATE_INTEREST = "legitimate_interest"
    LEGAL_OBLIGATION = "legal_obligation"
    PUBLIC_TASK = "public_task"


class Assessment(StrEnum):
    """The decision on a data protection impact assessment (GDPR article 35)."""

    DONE = "done"
    NOT_NEEDED = "not_needed"


class Repeats(StrEnum):
    NEVER = ""
    YEARLY = "yearly"
    ON_CHANGE = "on_change"


RETENTION = (1, 730)  # days after the end for which named answers may be kept


@dataclass(frozen=True)
class Terms:
    """The decisions that a campaign rests on."""

    lawful_basis: str = ""
    notice: str = ""  # where staff find the privacy notice
    retention_days: int = 90
    assessment: str = ""
    assessment_note: str = ""

    def missing(self) -> list[str]:
        """What has not been settled, each as a sentence that says what to do."""
        found = []
        if self.lawful_basis not in set(LawfulBasis):
            found.append("Choose the lawful basis on which you ask.")
        if not self.notice.strip():
            found.append("Say where staff find your privacy notice about this.")
        if not RETENTION[0] <= self.retention_days <= RETENTION[1]:
            found.append(f"Keep named answers for {RETENTION[0]} to {RETENTION[1]} days.")
        if self.assessment not in set(Assessment):
            found.append("Decide whether an impact assessment is needed, and write down the decision.")
        elif self.assessment == Assessment.NOT_NEEDED and not self.assessment_note.strip():
            found.append("Say in a sentence why no impact assessment is needed.")
        return found
