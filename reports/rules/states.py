"""What a report can be, and where its making stands."""

from enum import StrEnum

MAX_ATTEMPTS = 3  # workers that may die over one report


class ReportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Paper(StrEnum):
    A4 = "A4"
    LETTER = "Letter"
