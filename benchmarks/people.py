"""The people of a campaign, played over HTTP: the server that bin/serve starts, their links, a small browser, a reader
of forms. Nothing here knows a field's name or a page's words: what is sent is what stands in the page.
"""

import html.parser
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from benchmarks.form import environment, fresh_database

HOST = "127.0.0.1"
START_SECONDS = 60.0
Pairs = list[tuple[str, str]]
_UNTYPED = {"hidden", "text", "email", "number", "date", "search", "tel", "url", "password"}


# --- Forms -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Button:
    """A submit button; `action` where it has one of its own."""

    name: str = ""
    value: str = ""
    action: str = ""


@dataclass
class Form:
    """A form as it stands in a page."""

    method: str = "get"
    action: str = ""
    fields: Pairs = field(default_factory=list)  # hidden and typed ones, what is ticked or selected already
    choices: dict[str, list[str]] = field(default_factory=dict)  # radios: name to values
    buttons: list[Button] = field(default_factory=list)

    def as_found(self, button: Button | None = None) -> Pairs:
        """What a click on the button (the first, when none is named) sends when nobody fills in anything."""
        button = button or next(iter(self.buttons), Button())
        return self.fields + ([(button.name, button.value)] if button.name else [])

    def answered(self, number: int = 0) -> Pairs:
        """The same with a choice in every group of radios; `number` says which, counting round."""
        return self.as_found() + [(name, values[number % len(values)]) for name, values in self.choices.items()]


class _Reader(html.parser.HTMLParser):
    """Collects forms and the controls in them, also those that name their form by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.open: Form | None = None
        self.writing: tuple[Form, str, list[str]] | None = None  # the text area that is being read
        self.hrefs: list[str] = []
        self.select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self.open)
            self.by_id[given.get("id", "")] = self.open
        elif tag == "a" and given.get("href"):
            self.hrefs.append(given["href"])
        form = self.by_id.get(given["form"]) if "form" in given else self.open
        if form and tag in {"input", "button"}:
            _add(form, tag, given)
        elif form and tag == "textarea" and given.get("name"):
            self.writing = (form, given["name"], [])
        elif form and tag == "select" and given.get("name"):
            self.select = (given["name"], [])
        elif tag == "option" and self.select:
            self.select[1].append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        if self.writing:
            self.writing[2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "textarea" and self.writing:
            form, name, text = self.writing
            form.fields.append((name, "".join(text)))
            self.writing = None
        elif tag == "select" and self.select and self.open:
            name, options = self.select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            self.open.fields += [(name, value) for value in chosen]
            self.select = None


def _add(form: Form, tag: str, given: Mapping[str, str]) -> None:
    name, value = given.get("name", ""), given.get("value", "")
    kind = given.get("type", "submit" if tag == "button" else "text").lower()
    if "disabled" in given:
        return
    if kind == "submit":
        form.buttons.append(Button(name, value, given.get("formaction", "")))
    if not name:
        return
    if kind == "radio":
        form.choices.setdefault(name, []).append(value)
    if kind in _UNTYPED or (kind in {"radio", "checkbox"} and "checked" in given):
        form.fields.append((name, value or ("on" if kind == "checkbox" else "")))


def forms_in(page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def hrefs_in(page: str) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    return reader.hrefs


def answer_form(page: str) -> Form:
    """The form that takes the answer: the one with radios. Raises LookupError where there is none."""
    for form in forms_in(page):
        if form.choices and form.method == "post":
            return form
    raise LookupError("the page asks for no answer")


# --- A browser -------------------------------------------------------------------------------------------------------


@dataclass
class Page:
    status: int
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class Visitor:
    """One person's browser: cookies, one kept connection, redirects within the host."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self.port, self.timeout = port, timeout
        self.cookies: dict[tuple[str, str], str] = {}
        self.connection: http.client.HTTPConnection | None = None

    def cookie_header(self, path: str) -> str:
        mine = [(name, value) for (name, under), value in self.cookies.items() if path.startswith(under)]
        return "; ".join(f"{name}={value}" for name, value in mine)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Page:
        """One request, no redirect followed. Raises OSError or HTTPException when no whole answer came."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookies := self.cookie_header(urlsplit(path).path):
            given["Cookie"] = cookies
        self.connection = self.connection or http.client.HTTPConnection(HOST, self.port, timeout=self.timeout)
        try:
            self.connection.request(method, path, body, given)
            answer = self.connection.getresponse()
            page = Page(answer.status, path, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close:
            self.close()
        self._keep(page)
        return page

    def _keep(self, page: Page) -> None:
        for name, line in page.headers:
            if name.lower() != "set-cookie":
                continue
            for key, morsel in SimpleCookie(line).items():
                place = (key, morsel["path"] or "/")
                if morsel["max-age"] == "0":
                    self.cookies.pop(place, None)
                else:
                    self.cookies[place] = morsel.coded_value

    def follow(self, page: Page) -> Page:
        for _ in range(6):
            if page.status not in {301, 302, 303} or not (to := page.header("Location")):
                return page
            parts = urlsplit(urljoin(f"http://{HOST}:{self.port}{page.path}", to))
            if parts.port != self.port:
                return page
            page = self.ask("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
        return page

    def open(self, path: str) -> Page:
        return self.follow(self.ask("GET", path))

    def request_of(
        self, page: Page, form: Form, values: Pairs, action: str = ""
    ) -> tuple[str, str, bytes | None, dict[str, str]]:
        """Method, path, body and headers of a click in this page, as a browser would send them."""
        target = urlsplit(urljoin(f"http://{HOST}:{self.port}{page.path}", action or form.action or page.path))
        if form.method != "post":
            return "GET", f"{target.path}?{urlencode(values)}", None, {}
        # The Fetch standard: a page that gives no referrer gives no origin either.
        origin = "null" if "no-referrer" in page.header("Referrer-Policy") else f"http://{HOST}:{self.port}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        path = target.path + (f"?{target.query}" if target.query else "")
        return "POST", path, urlencode(values).encode(), headers | {"Sec-Fetch-Site": "same-origin"}

    def submit(self, page: Page, form: Form, values: Pairs, action: str = "") -> Page:
        method, path, body, headers = self.request_of(page, form, values, action)
        return self.follow(self.ask(method, path, body, **headers))

    def answer(self, link: str, number: int = 0) -> Page:
        """Opens a link, chooses, sends. The page that this ends on."""
        page = self.open(link)
        form = answer_form(page.text)
        return self.submit(page, form, form.answered(number))

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


def raw(port: int, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    """A whole request as bytes, for benchmarks.load."""
    length = {"Content-Length": str(len(body))} if body is not None else {}
    lines = [f"{name}: {value}" for name, value in {**headers, **length}.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}", *lines, "", ""]).encode() + (body or b"")


def prepare(port: int, link: str, number: int) -> tuple[bytes, bytes]:
    """A person's GET and POST as bytes, after their link was followed and their form read."""
    visitor = Visitor(port)
    page = visitor.open(link)
    form = answer_form(page.text)
    method, path, body, headers = visitor.request_of(page, form, form.answered(number))
    visitor.close()
    opened = raw(port, "GET", page.path, None, {"Cookie": visitor.cookie_header(page.path)})
    return opened, raw(port, method, path, body, headers | {"Cookie": visitor.cookie_header(path)})


def prepare_all(port: int, some: Sequence["Link"]) -> list[tuple[bytes, bytes]]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda link: prepare(port, link.path, link.invitation), some))


def recorded(page: Page) -> bool:
    """Whether an answer was taken: a page of its own, reached by a redirect, that says so by its address and status."""
    return page.status == 200 and page.path.split("?")[0].endswith("/thanks/")


# --- The server ------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


def is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_up(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the server on port {port} did not start")
        time.sleep(0.1)


def serve_command(port: int, only: str | None = "web") -> list[str]:
    """What bin/serve runs once the clone is set up."""
    return [sys.executable, "-m", "config.serve", "--port", str(port), *(["--only", only] if only else [])]


def wrapped_command(port: int, application: str) -> list[str]:
    """bin/serve's own web server, with a WSGI application of a benchmark around the product's."""
    from config.serve import children  # noqa: PLC0415 - reads the settings of this process

    web = children("web", HOST, port)[0].command
    return [application if word == "config.wsgi" else word for word in web]


@contextmanager
def running(command: Sequence[str], port: int, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process group of its own, up at the beginning and gone at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=dict(env), stdout=out, stderr=out, start_new_session=True)
        try:
            wait_until_up(port, process)
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


# --- The house and its links -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Link:
    """One invited person."""

    invitation: int
    path: str
    stop: str


def links(*, asked_only: bool = True) -> list[Link]:
    """Every live link of the database, in order; only of those who may be asked, unless told otherwise."""
    from compliance.campaigns.letters.words import link_address, stop_address  # noqa: PLC0415
    from compliance.campaigns.models import AttestationRequest, Invitation  # noqa: PLC0415

    asked = set(AttestationRequest.objects.filter(collection_mode="named").values_list("invitation_id", flat=True))
    rows = Invitation.objects.filter(revoked_at=None).order_by("pk")
    return [
        Link(
            row.pk,
            urlsplit(link_address(row.key_version, row.public_id, row.rotation)).path,
            urlsplit(stop_address(row.key_version, row.public_id)).path,
        )
        for row in rows
        if not asked_only or row.pk in asked
    ]


# --- One run, in a process, a folder and a database of its own -------------------------------------------------------


def databases() -> dict[str, tuple[str, str]]:
    """What to run on: SQLite always, PostgreSQL (and Redis) where the environment names them."""
    found = {"SQLite": ("sqlite", "")}
    if url := os.environ.get("DATABASE_URL", ""):
        found["PostgreSQL"] = (url, os.environ.get("REDIS_URL", ""))
    return found


def played(module: str, database: tuple[str, str], *numbers: int, **more: str) -> dict[str, Any]:
    """The JSON that `module --play NUMBERS` prints last, run with a fresh folder and an empty database."""
    folder = tempfile.mkdtemp(prefix="offswitch-")
    try:
        env = environment(database[0], folder) | ({"REDIS_URL": database[1]} if database[1] else {}) | more
        fresh_database(env)
        command = [sys.executable, "-m", f"benchmarks.{module}", "--play", *map(str, numbers)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{module} ended with status {done.returncode}, see above")
        return dict(json.loads(done.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play_or_main(play: Callable[..., dict[str, Any]], main: Callable[[], None]) -> None:
    """The entry of a script that runs itself again for each database."""
    if "--play" in sys.argv:
        print(json.dumps(play(*map(int, sys.argv[sys.argv.index("--play") + 1 :]))))
    else:
        main()


def quantile(values: Sequence[float], share: float) -> float:
    """The value under which this share of them lies; 0 of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0
