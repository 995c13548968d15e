"""The real worker on the real broker: what a killed worker held reaches everybody, once."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.rules import MessageState
from compliance.campaigns.services import start_campaign
from config.serve import children
from employees.models import Employee
from organisations.models import Organisation
from organisations.queries import evidence_state
from reports.models import Report
from reports.services import request_report

PEOPLE = 120


def database_url() -> str:
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    return f"postgres://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"


@contextmanager
def worker(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = os.environ | {
        "VAR_DIR": str(var),
        "DATABASE_URL": database_url(),
        "SECRET_KEY": "test",
        "LINK_KEYS": f"1:{django_settings.LINK_KEYS[1].hex()}",
        "EVIDENCE_KEYS": f"1:{django_settings.EVIDENCE_KEYS[1].hex()}",
        "SIGN_IN_KEYS": f"1:{django_settings.SIGN_IN_KEYS[1].hex()}",
        "EMAIL_URL": "",
    }
    command = children(None, "127.0.0.1", 0)[1].command
    command[command.index("--schedule") + 1] = str(var / "beat")
    process = subprocess.Popen(command, env=env, cwd=django_settings.BASE_DIR, start_new_session=True)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(done: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "the worker did not get there in time"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nobody_and_repeats_nobody(
    organisation: Organisation, campaign: Campaign, hire: Callable[..., Employee], tmp_path: Path, settings: Any
) -> None:
    for number in range(PEOPLE):
        hire(f"Person {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    report = request_report(organisation=organisation, campaign=campaign, user=None, now=timezone.now())
    outbox = tmp_path / "outbox"
    with worker(tmp_path) as first:
        wait(lambda: outbox.exists() and len(list(outbox.glob("*.eml"))) > 0)
        kill(first)
    # The dead worker's lease is over: time goes on faster here than the clock.
    Message.objects.filter(state=MessageState.SENDING).update(lease_until=timezone.now())
    Report.objects.filter(state="running").update(lease_until=timezone.now())
    with worker(tmp_path):
        wait(lambda: not Message.objects.exclude(state=MessageState.SENT).exists())
        wait(lambda: Report.objects.filter(pk=report.pk, state="done").exists())
    assert {path.stem for path in outbox.glob("*.eml")} == {
        str(public_id) for public_id in Message.objects.values_list("public_id", flat=True)
    }
    assert Message.objects.count() == PEOPLE
    assert evidence_state(organisation).broken_at is None
