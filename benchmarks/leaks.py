"""Whether a personal link can be found anywhere but in its mail, and whether links outlive what they should outlive.

Journeys as people, mail programmes and accidents make them, with logs at DEBUG: from the mail in the local outbox to
the answer, its correction, the stop page; links cut off, mistyped, broken by line ends, revoked, too old; requests that
are no HTTP, connections that end half-way, views that raise. Web, worker, scheduler and broker all run. Afterwards the
database (as text and as bytes), every log and every other file, and Redis are searched for each token, whole, encoded
or only its beginning. The outbox holds the mails themselves and is left out; it shows first that the search would find
them. Then the keys change: SECRET_KEY, a second version in LINK_KEYS, the first one retired. SQLite always; PostgreSQL
and Redis too where the environment names them: bin/services run -- .venv/bin/python -m benchmarks.leaks
"""

import os
import re
import socket
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from benchmarks.form import Bench, quick_or_full
from benchmarks.people import (
    HOST,
    Link,
    Visitor,
    answer_form,
    databases,
    forms_in,
    free_port,
    links,
    play_or_main,
    played,
    recorded,
    running,
    serve_command,
    wrapped_command,
)
from benchmarks.send import House
from benchmarks.traces import BEGINNING, everything, hits

POLICIES = ["linkedin-genai-training"]
WITHOUT = ("outbox",)
MAIL_SECONDS = 120.0
SECOND_KEY = "2:" + "11" * 32
_LINKS = re.compile(r"https?://[^/\s\"<>]+(/(?:l|u)/[^\s\"<>]+)")


# --- The journeys ----------------------------------------------------------------------------------------------------


def read_outbox(folder: Path) -> dict[str, set[str]]:
    """Paths of the links in every mail of the outbox, by the mail's file."""
    found = {}
    for path in folder.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        found[path.name] = set(_LINKS.findall("\n".join([*texts, str(mail["List-Unsubscribe"] or "")])))
    return found


def wait_for_mails(house: House) -> None:
    from compliance.campaigns.tasks import deliver_messages  # noqa: PLC0415
    from organisations.doorbell import ring  # noqa: PLC0415

    ring(deliver_messages)
    deadline = time.monotonic() + MAIL_SECONDS
    while house.Message.objects.exclude(state="sent").exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"mails were still waiting after {MAIL_SECONDS:.0f} s")
        time.sleep(0.2)


def spoilt_paths(path: str) -> list[str]:
    """What becomes of a link on its way: cut, mistyped, wrapped, quoted, with something in front or behind."""
    head, _, token = path.rpartition("/")
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    first, rest = token[:20], token[20:]
    shapes = [wrong, first, token[:30], token[:-1], f"{token}/", f"/{token}", f"%20{token}", f"{token}%20x",
              f"%22{token}%22", f"3D{token}", f"={token}", f"{token}.", f"{token}%3E", f"{first}%0D%0A{rest}",
              f"{first}=%0A{rest}", f"?{token}", f"?t={token}", f"%25{token}", token.upper()]  # fmt: skip
    escaped = "".join(f"%{byte:02X}" for byte in token.encode())
    return [f"{head}/{shape}" for shape in [*shapes, escaped]] + [f"{head.upper()}/{token}", f"/x{path}", f"/{path}"]


def raw_requests(path: str) -> list[bytes]:
    """What is no request, or only half of one."""
    host = f"Host: {HOST}\r\n"
    return [
        f"GET {path} HTTP/9.9\r\n{host}\r\n".encode(),
        f"GET {path}\r\n\r\n".encode(),
        f"GET{path} HTTP/1.1\r\n{host}\r\n".encode(),
        f"get {path} HTTP/1.1\r\n{host}\r\n".encode(),
        f"GET {path} HTTP/1.1\r\n{host}Content-Length: x\r\n\r\n".encode(),
        f"GET {path} HTTP/1.1\r\n{host}Bad Header: {path}\r\n\r\n".encode(),
        f"GET {path} HTTP/1.1\r\nHost: else.example\r\n\r\n".encode(),
        f"GET {path} HTTP/1.1\r\n{host}Cookie: a={path}; ;;=\r\nX-Long: {'x' * 9000}\r\n\r\n".encode(),
        f"GET http://{HOST}{path} HTTP/1.1\r\n{host}\r\n".encode(),
        f"GET {path}?{'x' * 9000} HTTP/1.1\r\n{host}\r\n".encode(),
        f"POST {path} HTTP/1.1\r\n{host}Content-Length: 500\r\nContent-Type: multipart/form-data\r\n\r\nhalf".encode(),
        f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nZZ\r\n".encode(),
        f"CONNECT {path} HTTP/1.1\r\n{host}\r\n".encode(),
        f"\x16\x03\x01{path}".encode(),
        f"GET {path}".encode(),
    ]


def send_raw(port: int, content: bytes) -> None:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as sock:
        sock.sendall(content)
        sock.settimeout(0.3)
        sock.recv(4096)


def misuse(port: int, path: str) -> None:
    visitor = Visitor(port)
    for wrong in spoilt_paths(path):
        for method in ("HEAD", "GET"):
            visitor.ask(method, wrong)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        if not (path.startswith("/u/") and method == "POST"):
            visitor.ask(method, path, b"x=1")
    for headers in ({"Referer": path}, {"Host": "else.example"}, {"Accept-Language": path, "User-Agent": path}):
        visitor.ask("GET", path, None, **headers)
    visitor.close()
    for content in raw_requests(path):
        send_raw(port, content)


def raising(port: int, link: Link) -> Counter[str]:
    """Opens and answers where the view raises half-way: statuses."""
    visitor, statuses = Visitor(port), Counter[str]()
    page = visitor.open(link.path)
    form = answer_form(page.text)
    method, path, body, headers = visitor.request_of(page, form, form.answered())
    for one in ((method, path, body, headers), ("GET", page.path, None, {}), ("GET", link.path, None, {}),
                ("GET", link.stop, None, {}), ("POST", link.stop, b"", {})):  # fmt: skip
        statuses[str(visitor.ask(one[0], one[1], one[2], **one[3], **{"X-Bench-Raise": "1"}).status)] += 1
    visitor.close()
    return statuses


def journey(port: int, link: Link, number: int) -> bool:
    """Mail to thanks, back, a correction, the stop page."""
    visitor = Visitor(port)
    good = recorded(visitor.answer(link.path, number)) and recorded(visitor.answer(link.path, number + 1))
    stop = visitor.open(link.stop)
    for form in forms_in(stop.text):
        # Nothing is ticked: it says what to do.
        good = good and visitor.submit(stop, form, form.as_found()).status == 422
    visitor.close()
    misuse(port, link.path)
    misuse(port, link.stop)
    return good


def spoil(some: Sequence[Link]) -> None:
    """Half of them are revoked, half too old."""
    from django.utils import timezone  # noqa: PLC0415

    from compliance.campaigns.models import Invitation  # noqa: PLC0415

    ids, now = [link.invitation for link in some], timezone.now()
    Invitation.objects.filter(pk__in=ids[::2]).update(revoked_at=now)
    Invitation.objects.filter(pk__in=ids[1::2]).update(closes_at=now - timedelta(seconds=1))


# --- The keys --------------------------------------------------------------------------------------------------------


def plain(port: int, path: str) -> tuple[int, str]:
    """Status and page of a link, without what is drawn by lot for each page."""
    visitor = Visitor(port)
    page = visitor.open(path)
    visitor.close()
    return page.status, re.sub(r'(value|nonce|x-csrftoken&quot;: &quot;|"x-csrftoken": ")[^>]*', "", page.text)


def opening(env: dict[str, str], log: Path, paths: Sequence[str]) -> list[tuple[int, str]]:
    """What the links are at a server with these keys."""
    port = free_port()
    with running(wrapped_command(port, "config.wsgi"), port, env, log):
        return [plain(port, path) for path in paths]


def keys_change(house: House, env: dict[str, str], log: Path, old: Sequence[Link]) -> dict[str, int]:
    paths = [link.path for link in old]
    found = {"after_secret_key": works(opening(env | {"SECRET_KEY": "another one"}, log, paths))}
    both = f"{env['LINK_KEYS']},{SECOND_KEY}"
    house.settings.LINK_KEYS |= {2: bytes.fromhex(SECOND_KEY[2:])}
    house.campaign("With the second key", POLICIES)
    known = {link.invitation for link in old}
    new = [link.path for link in links() if link.invitation not in known][-len(old) :]
    opened = opening(env | {"LINK_KEYS": both}, log, [*paths, *new])
    found |= {"old_with_both": works(opened[: len(paths)]), "new_with_both": works(opened[len(paths) :])}
    found["by_second_key"] = by_second_key(new)
    unknown = "/l/" + "x" * 43
    *opened, stranger = opening(env | {"LINK_KEYS": SECOND_KEY}, log, [*paths, *new, unknown])
    found["old_after_retirement"] = works(opened[: len(paths)])
    # The page's words; from the sixtieth failure in a minute on, the status of every one of them is another.
    found["unlike_unknown"] = sum(text != stranger[1] for _status, text in opened[: len(paths)])
    found["new_after_retirement"] = works(opened[len(paths) :])
    return found


def works(opened: Sequence[tuple[int, str]]) -> int:
    return sum(status == 200 for status, _ in opened)


def by_second_key(paths: Sequence[str]) -> int:
    from compliance.campaigns.models import Invitation  # noqa: PLC0415
    from compliance.campaigns.rules import token_hash  # noqa: PLC0415

    hashes = [token_hash(path.rpartition("/")[2]) for path in paths]
    return Invitation.objects.filter(token_hash__in=hashes, key_version=2).count()


# --- One run ---------------------------------------------------------------------------------------------------------


def play(people: int, spoiled: int) -> dict[str, Any]:
    folder = Path(os.environ["VAR_DIR"])
    port, other = free_port(), free_port()
    house = House(people + spoiled, policies=POLICIES)
    everybody = links()
    # As bin/serve would with LOG_LEVEL=DEBUG; links in mails follow the port that is served.
    env = dict(os.environ) | {"LOG_LEVEL": "DEBUG", "PORT": str(port)}
    statuses = Counter[str]()
    with ExitStack() as stack:
        stack.enter_context(running(serve_command(port, None), port, env, folder / "serve.log"))
        wrapped = wrapped_command(other, "benchmarks.wrapped")
        stack.enter_context(running(wrapped, other, env | {"BENCH_RAISING": "1"}, folder / "raising.log"))
        wait_for_mails(house)
        mailed = read_outbox(folder / "outbox")
        whole, spoilt = everybody[:people], everybody[people:]
        spoil(spoilt)
        with ThreadPoolExecutor(4) as pool:
            good = sum(pool.map(lambda link: journey(port, link, link.invitation), whole))
            list(pool.map(lambda link: misuse(port, link.path), spoilt))
            statuses += sum(pool.map(lambda link: raising(other, link), whole), Counter[str]())
        for link in spoilt:
            statuses[f"spoilt {plain(port, link.path)[0]}"] += 1
    secrets = [path.rpartition("/")[2] for link in everybody for path in (link.path, link.stop)]
    written = everything(folder, WITHOUT)
    leaked = {place: len(found) for place, blob in written.items() if (found := hits(blob, secrets))}
    in_mails = hits("\n".join(path for paths in mailed.values() for path in paths).encode(), secrets)
    return {
        "good": good,
        "statuses": statuses,
        "secrets": len(secrets),
        "in_mails": len(in_mails),
        "searched": {place: len(blob) for place, blob in written.items()},
        "leaked": leaked,
        "examples": examples(written, leaked, secrets),
    } | keys_change(house, dict(os.environ), folder / "keys.log", whole)


_OF_THE_DAY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d \S+|\[\d+\]")


def examples(written: dict[str, bytes], leaked: dict[str, int], secrets: Sequence[str]) -> list[str]:
    """Different lines that a token stands in, without the token: made-up people, but a habit to keep."""
    found: dict[str, None] = {}
    for place in leaked:
        for line in written[place].decode("utf-8", "replace").splitlines():
            for secret in secrets:
                if secret[:BEGINNING] in line:
                    shown = re.sub(f"{secret[:BEGINNING]}[\\w-]*", "TOKEN", _OF_THE_DAY.sub("…", line))
                    found[f"{place}: {shown[:160]}"] = None
                    break
    return list(found)[:40]


def report(bench: Bench, label: str, found: dict[str, Any], people: int) -> None:
    searched = found["searched"]
    bench.table(
        [label, ""],
        [
            ["whole journeys", f"{found['good']} of {people}"],
            ["statuses where a view raises, and of spoilt links", str(found["statuses"])],
            ["tokens, and how many of them are in the mails", f"{found['secrets']}, {found['in_mails']}"],
            ["searched", f"{len(searched)} places, {sum(searched.values()) / 2**20:.1f} MiB"],
            ["… among them", ", ".join(sorted(searched, key=lambda place: -searched[place])[:6])],
            ["not searched", "the local outbox: it is the mails"],
            ["tokens found", ", ".join(f"{place}: {number}" for place, number in found["leaked"].items()) or "none"],
            ["old links that work: SECRET_KEY changed / a second link key / the first retired",
             f"{found['after_secret_key']} / {found['old_with_both']} / {found['old_after_retirement']}"],
            ["links of the second key: made / work / work after the first is retired",
             f"{found['by_second_key']} / {found['new_with_both']} / {found['new_after_retirement']}"],
        ],
    )  # fmt: skip
    for line in found["examples"]:
        print(f"  found in {line}")
    bench.figure(f"{label.lower()}_tokens", found["secrets"])
    for text, value, wanted in (
        ("journeys that did not end well", people - found["good"], 0),
        ("tokens that are in no mail (then the search would find nothing)", found["secrets"] - found["in_mails"], 0),
        ("tokens found", sum(found["leaked"].values()), 0),
        ("links lost with SECRET_KEY", people - found["after_secret_key"], 0),
        ("links lost to a second key", people - found["old_with_both"], 0),
        ("new links that are not of the second key", people - found["by_second_key"], 0),
        ("new links that do not work", 2 * people - found["new_with_both"] - found["new_after_retirement"], 0),
        ("links that outlive their key", found["old_after_retirement"], 0),
        ("retired links that do not look like unknown ones", found["unlike_unknown"], 0),
    ):
        bench.bar(f"{label}: {text}", value, "<=", wanted)
    bench.bar(f"{label}: errors forced", found["statuses"].get("500", 0), ">=", people)


def main() -> None:
    people, spoiled = (2, 2) if quick_or_full(__doc__ or "") else (100, 8)
    bench = Bench("leaks: where a personal link may not stand", f"{people} journeys and {spoiled} spoilt links")
    for label, database in databases().items():
        report(bench, label, played("leaks", database, people, spoiled), people)
    bench.end()


if __name__ == "__main__":
    play_or_main(play, main)
