"""Every write of the employee's page."""

from compliance.attestations.services.recording import AnswerRefused, Receipt, record

__all__ = ["AnswerRefused", "Receipt", "record"]
