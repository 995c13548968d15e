"""Configuration from the environment, and boot checks that name the fix."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from config.env import kept_secret, link_keys, signing_keys

KEY = "ab" * 32


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = kept_secret("TEST_SECRET", tmp_path, may_generate=True)
    assert len(first) == 64
    assert kept_secret("TEST_SECRET", tmp_path, may_generate=True) == first
    assert stat.S_IMODE((tmp_path / "secrets" / "test_secret").stat().st_mode) == 0o600


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("TEST_SECRET_FILE", str(tmp_path / "secret"))
    assert kept_secret("TEST_SECRET", tmp_path, may_generate=False) == "from a file"


def test_link_keys_have_versions() -> None:
    assert link_keys(f"1:{KEY}, 2:{'cd' * 32}") == {1: b"\xab" * 32, 2: b"\xcd" * 32}
    assert link_keys(KEY) == {1: b"\xab" * 32}
    assert link_keys("") == {}


@pytest.mark.parametrize("text", ["1:abcd", "x:" + KEY, "not hex"])
def test_a_bad_link_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        link_keys(text)


def test_evidence_keys_are_of_one_length() -> None:
    assert signing_keys(f"2:{KEY}") == {2: b"\xab" * 32}
    with pytest.raises(ValueError, match="exactly 32"):
        signing_keys("1:" + "ab" * 33)


def check(tmp_path: Path, **variables: str) -> str:
    """`manage.py check` in a process of its own, with this environment; what it prints."""
    names = (
        "SECRET_KEY",
        "LINK_KEYS",
        "EVIDENCE_KEYS",
        "SIGN_IN_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
        "BASE_URL",
        "DEFAULT_FROM_EMAIL",
    )
    clean = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "manage.py", "check"]
    env = clean | {"VAR_DIR": str(tmp_path)} | variables
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=settings.BASE_DIR, check=False).stderr


@pytest.mark.parametrize(
    ("variables", "ids"),
    [
        (
            {"DATABASE_URL": "postgres://u:p@127.0.0.1/x"},
            {"offswitch.E001", "offswitch.E002", "offswitch.E010", "offswitch.E011"},
        ),
        ({"BASE_URL": "offswitch.example"}, {"offswitch.E003"}),
        (
            {"EMAIL_URL": "smtp://mail.example:25", "BASE_URL": "http://offswitch.example"},
            {"offswitch.E004", "offswitch.E007"},
        ),
        ({"OIDC_ISSUER": "https://id.example"}, {"offswitch.E012"}),
        ({"REDIS_URL": "redis://127.0.0.1:6379/0"}, {"offswitch.W005"}),
        ({}, set()),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, variables: dict[str, str], ids: set[str]) -> None:
    printed = check(tmp_path, **variables)
    every = {f"offswitch.{kind}{number:03}" for kind in "EW" for number in range(1, 20)}
    assert {name for name in every if name in printed} == ids
    assert printed.count("HINT:") == len(ids)
