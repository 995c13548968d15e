"""Several connections to one server, kept open from batch to batch. Threads only talk to the server: the database and
the letters are the caller's."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from compliance.campaigns.gateways import Connection, LockedOut, OutgoingMail, Server, Unreached
from compliance.campaigns.rules import Delivery, Verdict

WORTH_A_LANE = 0.0005  # seconds a reply takes; below that a second connection only costs
Result = tuple[OutgoingMail, Delivery]


@dataclass
class Run:
    """One batch on its way. `stop` ends it after the mails that are being handed over."""

    mails: Iterator[OutgoingMail]
    results: list[Result] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    change: threading.Event = field(default_factory=threading.Event)
    lost: list[Exception] = field(default_factory=list)  # why lanes ended before the mails did
    threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> Iterator[OutgoingMail]:
        """The next mail, for whichever lane asks first."""
        while not self.stop.is_set():
            with self._lock:
                mail = next(self.mails, None)
            if mail is None:
                return
            yield mail

    def done(self, mail: OutgoingMail, delivery: Delivery) -> None:
        self.results.append((mail, delivery))

    @property
    def failure(self) -> Exception | None:
        """What ended the whole run. A server that takes some mails and refuses a further connection has not failed."""
        ours = next((error for error in self.lost if not isinstance(error, Unreached | LockedOut)), None)
        accepted = any(delivery.verdict is Verdict.ACCEPTED for _, delivery in self.results)
        return ours or (self.lost[0] if self.lost and not accepted else None)

    @property
    def over(self) -> bool:
        return not any(thread.is_alive() for thread in self.threads)


class Lanes:
    """Connections to one server. A slow server gets as many as it is allowed, a fast one a single one."""

    def __init__(self, server: Server, limit: int) -> None:
        self.connections = [Connection(server) for _ in range(max(1, limit))]

    def number(self, mails: int) -> int:
        """How many connections a batch is worth, by how long replies have taken so far."""
        sent = sum(connection.sent for connection in self.connections)
        if not sent:
            return 1
        waited = sum(connection.waited for connection in self.connections) / sent
        return max(1, min(len(self.connections), int(waited / WORTH_A_LANE), mails))

    def start(self, mails: Iterator[OutgoingMail], number: int) -> Run:
        """Sets lanes to work on so many mails."""
        run = Run(mails)
        self.widen(run, number)
        return run

    def widen(self, run: Run, left: int) -> None:
        """Adds the lanes that the mails still to go are worth: only a run that is under way shows how slow it is."""
        busy = len(run.threads)
        for connection in self.connections[busy : self.number(left)]:
            thread = threading.Thread(target=self._work, args=(connection, run), daemon=True)
            run.threads.append(thread)
            thread.start()

    @staticmethod
    def _work(connection: Connection, run: Run) -> None:
        try:
            connection.send_all(run.take(), run.done)
        except Exception as error:  # noqa: BLE001  # broad: a thread's failure must reach the batch that waits for it
            run.lost.append(error)
            alone = not any(thread.is_alive() for thread in run.threads if thread is not threading.current_thread())
            if alone or not isinstance(error, Unreached | LockedOut):
                run.stop.set()
        finally:
            run.change.set()

    def narrow(self, run: Run) -> None:
        """Asks for no more connections than the server allowed: for the rest of the shift."""
        if run.lost and len(self.connections) > len(run.lost):
            for connection in self.connections[len(run.threads) - len(run.lost) or 1 :]:
                connection.close()
            del self.connections[len(run.threads) - len(run.lost) or 1 :]

    def close(self) -> None:
        for connection in self.connections:
            connection.close()
