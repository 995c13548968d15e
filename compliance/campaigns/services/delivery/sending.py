"""Claim, send, record. Nothing is held in memory that a killed worker could take with it."""

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.gateways import Connection, LockedOut, Unreached, configured_server
from compliance.campaigns.queries import Claimed, claimed_messages
from compliance.campaigns.rules.delivery import LOCKED_OUT_LIMIT
from compliance.campaigns.services.delivery.batch import Batch, Clock
from compliance.campaigns.services.delivery.claims import BATCH, claim_batch, give_up_claim, lease_kept
from compliance.campaigns.services.delivery.lanes import Lanes
from compliance.campaigns.services.delivery.watch import pause_all

SHIFT = timedelta(minutes=10)  # well below the task's time limit
PATIENCE = 20.0  # seconds that a worker waits for the rates before it goes home
MAILS_A_LANE = 25


def deliver_due(*, clock: Clock = timezone.now, sleep: Callable[[float], None] = time.sleep) -> int:
    """Sends what is due until nothing is or the shift is over; returns how many messages it took in hand."""
    done, until, sender = 0, clock() + SHIFT, Sender(clock, sleep)
    try:
        while clock() < until:
            claim, wait = claim_batch(now=clock(), limit=sender.batch)
            if claim:
                done += sender.deliver(claim)
            elif 0 < wait <= PATIENCE:
                sleep(wait)
            else:
                break
    finally:
        sender.close()
    return done


class Sender:
    """A worker's ways out, open for a shift."""

    def __init__(self, clock: Clock, sleep: Callable[[float], None]) -> None:
        self.clock, self.sleep = clock, sleep
        self.lanes: Lanes | None = None

    def close(self) -> None:
        if self.lanes:
            self.lanes.close()

    @property
    def batch(self) -> int:
        """Messages to claim: more where many connections wait for a slow server."""
        return max(BATCH, MAILS_A_LANE * self.lanes.number(BATCH)) if self.lanes else BATCH

    def deliver(self, claim: uuid.UUID) -> int:
        """Sends what a claim holds and writes down what became of it; returns how many messages that were."""
        rows = claimed_messages(claim)
        try:
            batch = Batch(claim, rows, self.clock)
        except Exception:  # broad: passed on; nothing was tried, so nothing may count as tried
            give_up_claim(claim, [row.pk for row in rows], self.clock())
            raise
        with lease_kept(claim):
            try:
                for transport, some in batch.here():
                    batch.send_here(transport, some)
                if out := batch.out():
                    self._send_out(batch, out)
            finally:
                # Also when a time limit or a signal ends the batch: what was sent must be known as sent.
                batch.acknowledge()
                batch.give_back()
        return len(rows)

    def _send_out(self, batch: Batch, rows: Sequence[Claimed]) -> None:
        self.lanes = self.lanes or Lanes(configured_server(), settings.SMTP_CONNECTIONS)
        run = self.lanes.start(batch.mails(rows), len(rows))
        try:
            batch.wait_for(run, self.lanes)
        finally:
            run.stop.set()
            for thread in run.threads:
                thread.join()
            batch.collect(run)
        self.lanes.narrow(run)
        if error := run.failure:
            self._after_failure(batch, error)

    def _after_failure(self, batch: Batch, error: Exception) -> None:
        """A server that was not there is everybody's answer: the others wait as long as the one that asked."""
        if not isinstance(error, Unreached | LockedOut):
            raise error
        words = batch.everybody_else()
        if isinstance(error, LockedOut) and self._locked_out_for_good():
            pause_all(f"{words} Mend the mail settings (`manage.py doctor` helps), then resume.",
                      batch.desk.campaigns.values(), self.clock())  # fmt: skip

    def _locked_out_for_good(self) -> bool:
        """Whether the server goes on refusing our password: some do so once when they are busy."""
        for _ in range(LOCKED_OUT_LIMIT - 1):
            self.sleep(1.0)
            connection = Connection(configured_server())
            try:
                connection.open()
            except LockedOut:
                continue
            except Unreached:
                return False
            connection.close()
            return False
        return True
