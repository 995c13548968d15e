"""Typed readers for the environment. Every variable `NAME` may be given as `NAME_FILE`, a path to read it from."""

import os
import secrets
import sqlite3
from pathlib import Path
from typing import Any

from environ import FileAwareEnv

env = FileAwareEnv()

# SQLite from 3.7.0 to 3.51.2 can corrupt a WAL database when two connections reset it at once, and a web server
# beside a worker is exactly that (https://sqlite.org/wal.html#walresetbug).
WAL_SAFE_FROM = (3, 51, 3)


def sqlite_journal_mode() -> str:
    return "WAL" if sqlite3.sqlite_version_info >= WAL_SAFE_FROM else "TRUNCATE"


def database(var_dir: Path) -> dict[str, Any]:
    """Django's settings for the one database: `DATABASE_URL`, or SQLite in `var/`."""
    url: str = env.str("DATABASE_URL", default="")
    config: dict[str, Any] = dict(env.db_url_config(url)) if url else {}
    if config and config["ENGINE"] == "django.db.backends.postgresql":
        # The statements of the employee's page are prepared once a connection; a pooler may not be able to keep them.
        options = {"prepare_threshold": 5 if env.bool("DATABASE_PREPARE", default=True) else None}
        kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
        return config | kept | {"ENGINE": "config.postgres", "OPTIONS": config.get("OPTIONS", {}) | options}
    if config and config["ENGINE"] != "django.db.backends.sqlite3":
        raise ValueError("DATABASE_URL names neither PostgreSQL (postgres://…) nor SQLite (sqlite:///…)")
    name = config.get("NAME") or var_dir / "offswitch.sqlite3"
    return {
        "ENGINE": "config.sqlite",
        "NAME": name,
        "CONN_MAX_AGE": 60,  # opening one, with its pragmas, costs more than most pages read
        "OPTIONS": {
            # Readers that later write would otherwise fail with "database is locked" instead of waiting.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode={sqlite_journal_mode()};"
            "PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;",
        },
        # A file, since threads and worker processes share it; one of its own for each run of the tests.
        "TEST": {"NAME": str(var_dir / f"test-{os.getpid()}.sqlite3")},
    }


def kept_secret(name: str, var_dir: Path, *, may_generate: bool) -> str:
    """The secret `name` from the environment; on the embedded default made once and kept in `var/secrets/`.

    Returns "" when it is missing and may not be generated; a boot check then says what to set.
    """
    given: str = env.str(name, default="").strip()
    if given or not may_generate:
        return given
    path = var_dir / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # fails when another process was first: then theirs counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def link_keys(text: str) -> dict[int, bytes]:
    """Versioned link keys from `1:hex,2:hex` (a bare hex string is version 1); the highest version signs new links.

    Raises ValueError for anything else.
    """
    keys = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        version, _, key = part.rpartition(":")
        keys[int(version or 1)] = bytes.fromhex(key)
    if any(len(key) < 32 for key in keys.values()):
        raise ValueError("a link key needs at least 32 bytes (64 hexadecimal digits)")
    return keys


def signing_keys(text: str) -> dict[int, bytes]:
    """Versioned Ed25519 keys in the form of `link_keys`, 32 bytes each; the highest version signs checkpoints.

    Raises ValueError for anything else.
    """
    keys = link_keys(text)
    if any(len(key) != 32 for key in keys.values()):
        raise ValueError("an evidence key has exactly 32 bytes (64 hexadecimal digits)")
    return keys


LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def email_server(url: str) -> dict[str, Any]:
    """Django's mail settings for EMAIL_URL. A server elsewhere must speak TLS, whatever the scheme says;
    EMAIL_TLS=off lets mail travel in the clear to a relay of one's own."""
    config: dict[str, Any] = dict(env.email_url_config(url))
    encrypted = config.get("EMAIL_USE_TLS") or config.get("EMAIL_USE_SSL")
    host = config.get("EMAIL_HOST")
    if host and not encrypted and host not in LOOPBACK and env.str("EMAIL_TLS", default="required") != "off":
        config["EMAIL_USE_TLS"] = True
    return config


def esp_settings() -> dict[str, str]:
    """What django-anymail needs: every `ANYMAIL_NAME` of the environment as `NAME`."""
    names = [name for name in os.environ if name.startswith("ANYMAIL_") and not name.endswith("_FILE")]
    files = [
        name.removesuffix("_FILE") for name in os.environ if name.startswith("ANYMAIL_") and name.endswith("_FILE")
    ]
    return {name.removeprefix("ANYMAIL_"): env.str(name) for name in {*names, *files}}
