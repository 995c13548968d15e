"""SMTP against a server that misbehaves on cue: each mail gets exactly one verdict, and the right one."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compliance.campaigns.gateways import Connection, LockedOut, OutgoingMail, Server, Unreached
from compliance.campaigns.rules import Delivery, Verdict
from compliance.campaigns.services.delivery.lanes import Lanes


class _Server(socketserver.StreamRequestHandler):
    """One SMTP server; `acts` says what to do to whom: refuse, drop-rcpt, drop-data, drop-body, busy, body-550."""

    def handle(self) -> None:
        state = self.server.state  # type: ignore[attr-defined]
        if state["greeting"] != b"220 ok\r\n":
            self.wfile.write(state["greeting"])
            return
        state["connections"] += 1
        if state["connections"] > state["most"]:
            self.wfile.write(b"421 too many connections\r\n")
            return
        self.wfile.write(b"220 ok\r\n")
        to = ""
        for raw in self.rfile:
            line = raw.decode().strip()
            word = line[:4].upper()
            act = state["acts"].get(to)
            if word == "EHLO":
                extra = b"250-PIPELINING\r\n" if state["pipelining"] else b""
                self.wfile.write(
                    b"250-me\r\n" + extra + (b"250-AUTH PLAIN\r\n" if state["locked"] else b"") + b"250 OK\r\n"
                )
            elif word == "AUTH":
                self.wfile.write(b"535 5.7.8 wrong password\r\n")
            elif word == "RCPT":
                to = line[9:-1]
                act = state["acts"].get(to)
                if act == "drop-rcpt":
                    state["acts"].pop(to)
                    return
                self.wfile.write({"refuse": b"550 5.1.1 no such user\r\n"}.get(act or "", b"250 ok\r\n"))
            elif word == "DATA":
                if act == "refuse" and not state["lenient"]:
                    self.wfile.write(b"554 no valid recipients\r\n")
                    continue
                self.wfile.write(b"354 go\r\n")
                lines = []
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    lines.append(part)
                if lines:
                    state["taken"].append((to, b"".join(lines)))
                if act == "drop-body":
                    state["acts"].pop(to)
                    return
                replies = {"busy": b"421 too busy\r\n", "body-550": b"550 5.7.1 spam\r\n", "refuse": b"554 nobody\r\n"}
                self.wfile.write(replies.get(act or "", b"250-fine\r\n250 2.0.0 queued\r\n"))
                if act == "busy":
                    state["acts"].pop(to)
                    return
            elif word == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def serving(acts: dict[str, str], **state: object) -> Iterator[tuple[int, dict[str, object]]]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Server)
    server.daemon_threads = True
    known: dict[str, object] = {"acts": acts, "taken": [], "connections": 0, "pipelining": True, "locked": False,
                                "lenient": False, "greeting": b"220 ok\r\n", "most": 99} | state  # fmt: skip
    server.state = known  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_address[1], known
    finally:
        server.shutdown()
        server.server_close()


def mails(*names: str) -> Iterator[OutgoingMail]:
    content = {name: f"Subject: {name}\r\n\r\n.dot\r\n".encode() for name in names}
    return iter([OutgoingMail(name, "a@b.example", f"{name}@b.example", content[name]) for name in names])


def send(port: int, *names: str, user: str = "") -> tuple[dict[str, Verdict], list[str]]:
    """(verdict of each mail, in what order they came)."""
    said: list[tuple[str, Delivery]] = []
    connection = Connection(Server("127.0.0.1", port, user, "x", starttls=False, ssl=False, timeout=5))
    try:
        connection.send_all(mails(*names), lambda mail, delivery: said.append((mail.reference, delivery)))
    finally:
        connection.close()
    assert len(said) == len(dict(said)), said
    return {name: delivery.verdict for name, delivery in said}, [name for name, _ in said]


ACTS = [
    ("refuse", Verdict.DEAD, 1),
    ("body-550", Verdict.REFUSED, 1),
    ("drop-body", Verdict.UNKNOWN, 2),
    ("busy", Verdict.LATER, 2),
    ("drop-rcpt", Verdict.ACCEPTED, 2),
]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("lenient", [True, False])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize(("act", "verdict", "connections"), ACTS)
def test_one_mail_in_trouble_harms_no_other(
    act: str, verdict: Verdict, connections: int, place: int, lenient: bool, pipelining: bool
) -> None:
    names = ["ada", "bob", "cy", "dee"]
    victim = names[place]
    if act == "drop-rcpt" and place == 0:
        verdict = Verdict.LATER  # over a connection just made: the server does not want to talk
    with serving({f"{victim}@b.example": act}, pipelining=pipelining, lenient=lenient) as (port, state):
        verdicts, order = send(port, *names)
    assert verdicts == {name: verdict if name == victim else Verdict.ACCEPTED for name in names}
    assert order == names
    assert state["connections"] == (1 if place == 3 and act in {"drop-body", "busy"} else connections)
    taken = state["taken"]
    assert isinstance(taken, list)
    for name in set(names) - {victim}:
        assert [content for to, content in taken if to == f"{name}@b.example"] == [
            f"Subject: {name}\r\n\r\n..dot\r\n".encode()
        ]


def test_a_server_that_refuses_further_connections_gets_its_mails_by_those_it_allows() -> None:
    with serving({}, most=2) as (port, state):
        lanes = Lanes(Server("127.0.0.1", port, "", "", starttls=False, ssl=False, timeout=5), 4)
        lanes.number = lambda mails: 4  # type: ignore[method-assign]
        run = lanes.start(mails(*(f"p{i}" for i in range(40))), 40)
        for thread in run.threads:
            thread.join()
        accepted = [mail.reference for mail, delivery in run.results if delivery.verdict is Verdict.ACCEPTED]
        assert len(accepted) >= 38
        assert run.failure is None
        lanes.narrow(run)
        assert 1 <= len(lanes.connections) <= 3
        lanes.close()
    assert isinstance(state["taken"], list)


def test_a_wrong_password_is_told_apart() -> None:
    with serving({}, locked=True) as (port, _), pytest.raises(LockedOut, match="535"):
        send(port, "ada", user="somebody")


@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"hello?\r\n", b""])
def test_a_server_that_is_none_is_unreached(greeting: bytes) -> None:
    with serving({}, greeting=greeting) as (port, _), pytest.raises(Unreached):
        send(port, "ada")
