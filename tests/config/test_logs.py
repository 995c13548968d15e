"""A personal link never reaches a log."""

import logging
import sys
from collections.abc import Callable

import pytest
from django.test import Client

from compliance.campaigns.models import Invitation
from config.logs import RedactLinks, redact
from tests.conftest import link_path


def test_message_arguments_and_traceback_are_cut() -> None:
    path = "/l/" + "a" * 43
    try:
        raise ValueError(path)
    except ValueError:
        record = logging.makeLogRecord({"msg": "Not Found: %s", "args": (path,), "exc_info": sys.exc_info()})
    assert RedactLinks().filter(record)
    text = logging.Formatter().format(record)
    assert "a" * 43 not in text
    assert "/l/[link]" in text


@pytest.mark.parametrize(
    "line",
    [
        "Not Found: /l//{}", "Not Found: /L/{}", "Not Found: /l/%20{}", 'Not Found: /l/"{}', "Invalid: 'GET/l/{}'",
        "Internal Server Error: /u/7b0c2a52-92f5-4a44-8a1b-8c3d6a5f1f9e/{}", "/l/{}cut", "{}",
    ],
)  # fmt: skip
def test_mangled_addresses_are_cut_too(line: str) -> None:
    token = "Ab3_-" * 8 + "xyz"
    assert token[:20] not in redact(line.format(token))


def test_what_is_no_link_stays() -> None:
    line = "Not Found: /p/7b0c2a52-92f5-4a44-8a1b-8c3d6a5f1f9e/ in compliance/attestations/views/page.py"
    assert redact(line) == line


def test_a_failing_link_page_logs_no_token(
    invite: Callable[..., Invitation], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = link_path(invite())
    handler = logging.getLogger().handlers[0]
    assert any(isinstance(found, RedactLinks) for found in handler.filters)

    def fail(*args: object) -> None:
        raise RuntimeError(path)

    monkeypatch.setattr("compliance.attestations.views.door.token_owner", fail)
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(handler, "emit", records.append)
    assert Client(raise_request_exception=False).get(path).status_code == 500
    assert records
    token = path.rpartition("/")[2]
    assert all(token not in logging.Formatter().format(record) for record in records)
