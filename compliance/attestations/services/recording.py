import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.attestations.models import Attestation
from compliance.attestations.rules import receipt_code
from compliance.campaigns.models import AttestationRequest, Invitation
from compliance.campaigns.services import answered
from compliance.catalogue.rules import CollectionMode
from compliance.catalogue.wording import answer_text
from organisations.services import Event, append_evidence


class AnswerRefused(Exception):
    """These answers cannot be recorded; the message says why."""


@dataclass(frozen=True)
class Receipt:
    code: str
    recorded_at: datetime


@transaction.atomic
def record(
    *, invitation: Invitation, answers: Mapping[int, str], submission: UUID, language: str, now: datetime
) -> Receipt | None:
    """Answers by request id, in one durable transaction with their evidence; None when this form was recorded before.

    Raises AnswerRefused for an answer that does not fit its policy or a request that may not be asked.
    """
    Invitation.objects.select_for_update().get(pk=invitation.pk)  # double submits stand in line here
    requests = {
        request.pk: request
        for request in AttestationRequest.objects.filter(invitation=invitation, pk__in=answers).select_related(
            "policy_version__policy"
        )
    }
    if Attestation.objects.filter(request__in=requests, submission=submission).exists():
        return None
    for pk, answer in answers.items():
        _check(requests.get(pk), answer)
    rows = [
        Attestation(
            request=requests[pk],
            answer=answer,
            submission=submission,
            language=language,
            statement_sha256=hashlib.sha256(answer_text(answer).encode()).hexdigest(),
            created_at=now,
        )
        for pk, answer in answers.items()
    ]
    Attestation.objects.bulk_create(rows)
    for row in rows:
        row.request.answer, row.request.answered_at = row.answer, now
    AttestationRequest.objects.bulk_update([row.request for row in rows], ["answer", "answered_at"])
    answered(invitation=invitation, now=now)
    organisation = invitation.campaign.organisation
    entries = append_evidence(organisation=organisation, events=[_event(row, invitation) for row in rows], now=now)
    return Receipt(receipt_code(entries[-1].hash), now)


def _check(request: AttestationRequest | None, answer: str) -> None:
    if request is None:
        raise AnswerRefused("This question does not belong to this link.")
    if request.collection_mode != CollectionMode.NAMED:
        raise AnswerRefused("No answer is collected for this policy where you are.")
    if answer not in request.policy_version.document["attestation"]:
        raise AnswerRefused("This answer does not fit this policy.")


def _event(row: Attestation, invitation: Invitation) -> Event:
    version = row.request.policy_version
    return Event(
        "attestation.recorded",
        {
            "campaign": invitation.campaign_id,
            "policy": version.policy.key,
            "version": version.key,
            "version_sha256": version.sha256,
            "statement_sha256": row.statement_sha256,
            "language": row.language,
        },
        personal={"employee": invitation.employee_id, "answer": row.answer},
    )
