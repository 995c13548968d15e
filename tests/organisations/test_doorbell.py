"""A broker that is away delays work and breaks nothing."""

import logging

import pytest
from kombu.exceptions import OperationalError

from compliance.campaigns.tasks import deliver_messages
from organisations import doorbell


def test_a_silent_broker_is_a_warning_and_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.undo()  # the suite's own stand-in for the broker
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(deliver_messages, "apply_async", away)
        doorbell._publish(deliver_messages, {})
    assert "the sweeper will pick this up" in caplog.text
