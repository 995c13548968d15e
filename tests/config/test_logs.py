"""A personal link never reaches a log."""

import logging
import sys
from collections.abc import Callable

import pytest
from django.test import Client

from compliance.campaigns.models import Invitation
from config.logs import RedactLinks
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


def test_a_failing_link_page_logs_no_token(
    invite: Callable[..., Invitation], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = link_path(invite())
    handler = logging.getLogger().handlers[0]
    assert any(isinstance(found, RedactLinks) for found in handler.filters)

    def fail(*args: object) -> None:
        raise RuntimeError(path)

    monkeypatch.setattr("compliance.attestations.views.invitation_by_token_hash", fail)
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(handler, "emit", records.append)
    assert Client(raise_request_exception=False).get(path).status_code == 500
    assert records
    token = path.rpartition("/")[2]
    assert all(token not in logging.Formatter().format(record) for record in records)
