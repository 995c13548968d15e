"""One claimed batch: who of it may go, which way, and what became of each."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from compliance.campaigns.gateways import Esp, Outbox, OutgoingMail, Transport
from compliance.campaigns.queries import Claimed, still_claimed, suppressed
from compliance.campaigns.rules import ASKED_FOR, Delivery, Verdict
from compliance.campaigns.services.delivery.claims import give_up_claim
from compliance.campaigns.services.delivery.desk import Desk
from compliance.campaigns.services.delivery.lanes import Lanes, Run
from compliance.campaigns.services.delivery.recording import Outcome, record
from compliance.campaigns.services.delivery.watch import Watch, pause_all
from compliance.campaigns.services.inviting import clock_of

ACK = 100  # mails that may have gone out without being written down; a kill repeats these at most
SOON = 0.2  # seconds that a result waits at most, where a server is slow
LOOK = 1.0  # seconds between two looks at what has been withdrawn meanwhile
TICK = 0.05  # seconds

Clock = Callable[[], datetime]
_SERVERS = frozenset({Verdict.UNREACHED, Verdict.LOCKED_OUT})


class Batch:
    def __init__(self, claim: uuid.UUID, rows: Sequence[Claimed], clock: Clock) -> None:
        self.claim, self.rows, self.clock = claim, rows, clock
        self.desk = Desk(rows, clock())
        self.watch = Watch(self.desk.campaigns)
        self.by_id = {str(row.public_id): row for row in rows}
        self.outcomes: list[Outcome] = []  # not yet written down
        self.tried: set[int] = set()
        self.in_hand = 0  # the row whose mail is being handed over here
        self.seen = 0  # results of a run that are among the outcomes
        self.later: dict[datetime, list[int]] = {}  # when places open again → rows that wait for it
        self.wanted = {row.pk for row in rows}
        self.looked, self.acknowledged = timezone.now(), time.monotonic()
        emails = [row.email.lower() for row in rows]
        self.suppressed = suppressed([row.organisation_id for row in rows], emails)

    # --- Which way ---

    def here(self) -> Iterator[tuple[Transport, list[Claimed]]]:
        """What goes by the local outbox or a sending service, one after the other."""
        able = [row for row in self.rows if self._open_now(row) and self._able(row)]
        if local := [row for row in able if row.outbox_only or not settings.EMAIL_URL]:
            yield Outbox(settings.OUTBOX_DIR), local
        if settings.ESP and (rest := [row for row in able if not row.outbox_only]):
            yield Esp(), rest

    def out(self) -> list[Claimed]:
        """What goes to the mail server."""
        if settings.ESP or not settings.EMAIL_URL:
            return []
        return [row for row in self.rows if not row.outbox_only and row.pk in self.wanted - self.tried]

    def _open_now(self, row: Claimed) -> bool:
        """Whether people work now where this one does; if not, the mail waits until they do. A retry, a rate that
        stretches the queue, a click at night: whatever made it due, the hours hold. What the person has just asked for
        goes at any hour."""
        if row.kind in ASKED_FOR:
            return True
        now = self.clock()
        opens = clock_of(self.desk.campaigns[row.campaign_id], row.country, row.subdivision).open_at(now)
        if opens > now:
            self.later.setdefault(opens, []).append(row.pk)
            self.wanted.discard(row.pk)
        return opens <= now

    def _able(self, row: Claimed) -> bool:
        """Whether anything can be sent; if not, why is noted."""
        why = self.desk.refuses(row)
        if (row.organisation_id, row.email.lower()) in self.suppressed:
            why = "This address is on the list of those that get no mail."
        if why:
            self._note(row, Delivery(Verdict.REFUSED, why), letter=False)
        return not why

    # --- Sending ---

    def send_here(self, transport: Transport, rows: Sequence[Claimed]) -> None:
        for mail in self.mails(rows):
            self.in_hand = self.by_id[mail.reference].pk
            delivery = transport.send(mail)
            self.in_hand = 0
            self._note(self.by_id[mail.reference], delivery, getattr(transport, "provider_id", ""))
            if delivery.verdict in _SERVERS:
                words = self.everybody_else()
                if delivery.verdict is Verdict.LOCKED_OUT:
                    pause_all(f"{words} Mend the settings of the sending service, then resume.",
                              self.desk.campaigns.values(), self.clock())  # fmt: skip
                return
            self._acknowledge_some()
            self._look()

    def mails(self, rows: Iterable[Claimed]) -> Iterator[OutgoingMail]:
        """The mails of those who may still get one, made when their turn comes; in a sending thread."""
        for row in rows:
            if row.pk in self.wanted and row.campaign_id not in self.watch.stopped:
                yield self.desk.mail(row)

    def wait_for(self, run: Run, lanes: Lanes) -> None:
        """Until the run is over: writes results down as they come, and stops what is no longer wanted."""
        while not run.over:
            run.change.wait(TICK)
            if not run.stop.is_set():
                lanes.widen(run, len(self.rows) - len(run.results))
            waiting = len(run.results) - self.seen
            if waiting >= ACK or (waiting and time.monotonic() - self.acknowledged >= SOON):
                self.collect(run)
                self.acknowledge()
            self._look()

    def collect(self, run: Run) -> None:
        """Takes over what the lanes have reported since."""
        while self.seen < len(run.results):
            mail, delivery = run.results[self.seen]
            self.seen += 1
            self._note(self.by_id[mail.reference], delivery)

    def _look(self) -> None:
        """Closed, paused, answered meanwhile: what is not the claim's any more is not sent."""
        if (timezone.now() - self.looked).total_seconds() >= LOOK:
            self.wanted, self.looked = still_claimed(self.claim, self.clock()), timezone.now()

    # --- Results ---

    def _note(self, row: Claimed, delivery: Delivery, provider_id: str = "", *, letter: bool = True) -> None:
        self.tried.add(row.pk)
        letter_id = self.desk.letter_id(row) if letter else None
        self.outcomes.append(Outcome(row, delivery, letter_id, provider_id))
        if delivery.verdict is Verdict.DEAD:
            self.acknowledge()  # what the watch counts must be written down
            self.watch.look(row.campaign_id, self.clock())

    def _acknowledge_some(self) -> None:
        if len(self.outcomes) >= ACK:
            self.acknowledge()

    def acknowledge(self) -> None:
        outcomes, self.acknowledged = list(self.outcomes), time.monotonic()
        record(self.claim, outcomes, self.clock())
        del self.outcomes[: len(outcomes)]  # not before they are written down: a database that is busy may fail

    def everybody_else(self) -> str:
        """The server is away, or does not take us: so it is for whoever has not been tried. Returns its words."""
        last = next((item.delivery for item in reversed(self.outcomes) if item.delivery.verdict in _SERVERS), None)
        words = last or Delivery(Verdict.UNREACHED, "No connection to the mail server.")
        for row in self.rows:
            if row.pk not in self.tried and row.pk in self.wanted:
                self.tried.add(row.pk)
                self.outcomes.append(Outcome(row, words, None))
        return words.detail

    def give_back(self) -> None:
        """What was claimed and not tried goes back into the queue as it was."""
        waiting = {pk for rows in self.later.values() for pk in rows}
        left = [row.pk for row in self.rows if row.pk not in self.tried | waiting and row.pk != self.in_hand]
        for due_at, rows in [(self.clock(), left), *self.later.items()]:
            give_up_claim(self.claim, rows, due_at)
