"""One answer: attestation, current answer and evidence in one durable transaction, in as few statements as it takes."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from compliance.attestations.models import Attestation, HelpRequest, Statement
from compliance.attestations.queries import Visit
from compliance.attestations.rules import RECEIPT_BYTES, Asked, HelpState, Shown, receipt_code
from compliance.attestations.services.counting import count_answer
from compliance.campaigns.models import AttestationRequest, Invitation, Message
from compliance.campaigns.rules import MessageKind, MessageState
from compliance.catalogue.rules import CollectionMode, asks_for_help
from organisations.models import Organisation
from organisations.prepared import lean_cursor, one_journey
from organisations.services import Event, append_unread
from organisations.together import durably

_Given = Sequence[tuple[Asked, str]]


class AnswerRefused(Exception):
    """These answers cannot be recorded; the message says why."""


@dataclass(frozen=True)
class Receipt:
    code: str
    recorded_at: datetime


def record(
    *, visit: Visit, answers: Mapping[int, str], submission: UUID, shown: Shown, now: datetime
) -> Receipt | None:
    """Answers by request id; None when this form was recorded before, or this person counted.

    Raises AnswerRefused for an answer that does not fit its policy, a request that may not be asked, or a link that
    has ended since its page was opened."""
    asked = {ask.request: ask for ask in visit.to_answer}
    for pk, answer in answers.items():
        _check(asked.get(pk), answer)
    keep_statement(organisation_id=visit.organisation_id, shown=shown, now=now)
    code = receipt_code(secrets.token_bytes(RECEIPT_BYTES))
    if visit.anonymous:
        counted = count_answer(visit=visit, answers=answers, receipt=code, statement=shown, now=now)
        return Receipt(code, now) if counted else None
    return _record(visit, [(asked[pk], answer) for pk, answer in answers.items()], submission, shown, code, now)


class _RecordedBefore(Exception):
    """Some of these answers are kept already, under the same form."""

    def __init__(self, kept: Collection[int]) -> None:
        super().__init__()
        self.kept = kept


def _record(visit: Visit, given: _Given, submission: UUID, shown: Shown, code: str, now: datetime) -> Receipt | None:
    while given:
        try:
            # Left after the transaction: the log's last lines travel with the commit, and the next writer waits less.
            with ExitStack() as last:
                durably(partial(_record_all, visit, given, submission, shown, code, now, last))
        except _RecordedBefore as before:
            given = [(ask, answer) for ask, answer in given if ask.request not in before.kept]
        else:
            return Receipt(code, now)
    return None


def _record_all(
    visit: Visit, given: _Given, submission: UUID, shown: Shown, code: str, now: datetime, last: ExitStack
) -> None:
    _write_answers(visit, given, submission, shown, code, now)
    _settle_help(visit, given, now)
    events = [_event(visit, ask, answer, shown, code) for ask, answer in given]
    last.enter_context(one_journey())
    append_unread(organisation=Organisation(pk=visit.organisation_id), events=events, now=now)


def _write_answers(visit: Visit, given: _Given, submission: UUID, shown: Shown, code: str, now: datetime) -> None:
    """In one journey, and undone by what it raises where one of them does not hold."""
    rows = [(ask.request, answer, submission, shown.language, shown.sha256, code, now) for ask, answer in given]
    with one_journey():
        # First, since it puts double submits in line.
        invitation = _run(_SQL.invitation, now, visit.pk, now)
        attestations = [_run(_SQL.attestation, *row) for row in rows]
        requests = [_run(_SQL.request, answer, now, ask.request, visit.pk) for ask, answer in given]
        _run(_SQL.reminders, visit.pk)
    if not invitation.rowcount:
        raise AnswerRefused("This link has ended.")
    if kept := {ask.request for (ask, _), row in zip(given, attestations, strict=True) if not row.rowcount}:
        raise _RecordedBefore(kept)
    if not all(row.rowcount for row in requests):
        raise AnswerRefused("What applies to you has changed. Look at the page again.")


def _run(sql: str, *values: Any) -> CursorWrapper:
    cursor = lean_cursor()
    cursor.execute(sql, _SQL.values(*values))
    return cursor


def _settle_help(visit: Visit, given: _Given, now: datetime) -> None:
    if wanted := [ask for ask, answer in given if asks_for_help(answer)]:
        _ask_for_help(visit, wanted, now)
    if settled := [ask.request for ask, answer in given if ask.answered and not asks_for_help(answer)]:
        unsettled = HelpRequest.objects.filter(request__in=settled).exclude(state=HelpState.CLOSED)
        unsettled.update(state=HelpState.CLOSED, closed_at=now)  # nobody need write to them any more


def _check(ask: Asked | None, answer: str) -> None:
    if ask is None:
        raise AnswerRefused("No answer is collected for this.")
    if answer not in ask.answers:
        raise AnswerRefused("This answer does not fit this policy.")


def _ask_for_help(visit: Visit, wanted: Sequence[Asked], now: datetime) -> None:
    """One open request a policy: asking again changes nothing, and reopens what was answered."""
    for ask in wanted:
        row, new = HelpRequest.objects.exclude(state=HelpState.CLOSED).get_or_create(
            request_id=ask.request, defaults={"organisation_id": visit.organisation_id, "created_at": now}
        )
        if not new and row.state == HelpState.ANSWERED:
            HelpRequest.objects.filter(pk=row.pk).update(state=HelpState.OPEN)


def _event(visit: Visit, ask: Asked, answer: str, shown: Shown, code: str) -> Event:
    return Event(
        "attestation.recorded",
        {
            "campaign": visit.campaign_id,
            "version": ask.about,
            "statement_sha256": shown.sha256,
            "language": shown.language,
            "receipt": code,
        },
        personal={"employee": visit.employee_id, "answer": answer},
    )


# --- The page's words ------------------------------------------------------------------------------------------------

_kept: set[tuple[int, str]] = set()  # of this process: statements that are known to be in the database


def keep_statement(*, organisation_id: int, shown: Shown, now: datetime) -> None:
    """Stores the words once for everybody who saw the same."""
    key = (organisation_id, shown.sha256)
    if key in _kept:
        return
    row = Statement(
        organisation_id=organisation_id, sha256=shown.sha256, language=shown.language, text=shown.text, created_at=now
    )
    Statement.objects.bulk_create([row], ignore_conflicts=True)
    if len(_kept) > 10_000:
        _kept.clear()
    transaction.on_commit(partial(_kept.add, key))  # not before it is there for good


# --- Statements ------------------------------------------------------------------------------------------------------


class _Statements:
    """The hot path's SQL, made once of the models' names: building it anew by the ORM costs more than running it."""

    def __init__(self) -> None:
        quote = connection.ops.quote_name
        invitation, request, attestation, message = (
            quote(model._meta.db_table) for model in (Invitation, AttestationRequest, Attestation, Message)
        )
        self.invitation = (
            f"UPDATE {invitation} SET answered_at = COALESCE(answered_at, %s) "  # noqa: S608 - our own names, here and below
            "WHERE id = %s AND revoked_at IS NULL AND closes_at > %s"
        )
        self.attestation = (
            f"INSERT INTO {attestation} (request_id, answer, submission, language, statement_sha256, receipt, "  # noqa: S608
            "created_at) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (request_id, submission) DO NOTHING"
        )
        self.request = (
            f"UPDATE {request} SET answer = %s, answered_at = %s WHERE id = %s AND invitation_id = %s "  # noqa: S608
            f"AND collection_mode = '{CollectionMode.NAMED}' AND withdrawn_at IS NULL"
        )
        self.reminders = (
            f"UPDATE {message} SET state = '{MessageState.CANCELLED}' WHERE invitation_id = %s "  # noqa: S608
            f"AND kind = '{MessageKind.REMINDER}' AND state = '{MessageState.QUEUED}'"
        )

    @staticmethod
    def values(*values: Any) -> list[Any]:
        """As the database takes them."""
        if connection.vendor != "sqlite":
            return list(values)
        adapt = connection.ops.adapt_datetimefield_value
        return [
            adapt(value) if isinstance(value, datetime) else value.hex if isinstance(value, UUID) else value
            for value in values
        ]


_SQL = _Statements()
