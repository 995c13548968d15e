"""Whether secrets stand where they should not: plain, percent-encoded or in base64, whole or only their beginning."""

import base64
import binascii
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

BEGINNING = 20  # characters: 120 bits, far more than anybody can guess the rest from, and enough to tell whose it is
_NOBODY = re.compile(rb"^COPY public\.employees_employee [^\n]*\n\\\.$", re.MULTILINE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


def readings(blob: bytes) -> Iterator[bytes]:
    """The bytes, and what they are to somebody who decodes them."""
    yield blob
    if b"%" in blob:
        yield unquote_to_bytes(blob)
    yield b"\n".join(_decoded(match[0]) for match in _BASE64.finditer(blob))


def _decoded(run: bytes) -> bytes:
    usual = run.translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(usual + b"=" * (-len(usual) % 4))
    except binascii.Error:  # a length that base64 cannot have
        return b""


def hits(blob: bytes, secrets: Sequence[str]) -> set[str]:
    """Those secrets of which at least the beginning can be read in it."""
    found: set[str] = set()
    for reading in readings(blob):
        found.update(secret for secret in secrets if secret[:BEGINNING].encode() in reading)
    return found


def files(folder: Path, without: Sequence[str]) -> dict[str, bytes]:
    """Every file below a folder by its relative path, but for those below the parts named."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).parts[0] not in without
    }


def sqlite_dump(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump()).encode()


def postgres_dump(url: str) -> bytes:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    program = str(newest[-1]) if newest else shutil.which("pg_dump")
    if program is None:
        raise SystemExit("pg_dump was not found")
    # As docs/configuration.md says to back up: with the walls up, and told that this is for every organisation.
    command = [program, "--enable-row-security", "--dbname", url]
    env = os.environ | {"PGOPTIONS": "-c offswitch.organisation=0"}
    dump = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env).stdout
    if _NOBODY.search(dump):
        raise SystemExit("the dump shows no people: a search of it would find nothing")
    return dump


def redis_keys(url: str) -> bytes:
    """Every key of a broker with all that is in it."""
    import redis  # noqa: PLC0415 - only where there is one

    client: Any = redis.Redis.from_url(url)
    read: dict[bytes, Callable[[bytes], object]] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"hash": client.hgetall,
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    return b"\n".join(repr((key, read[client.type(key)](key))).encode() for key in client.scan_iter())


def everything(folder: Path, without: Sequence[str]) -> dict[str, bytes]:
    """All that an installation has written, by where it is: files, the database as text, the broker."""
    found = files(folder, without)
    if url := os.environ.get("DATABASE_URL", ""):
        found["pg_dump"] = postgres_dump(url)
    else:
        found["sqlite .dump"] = sqlite_dump(folder / "offswitch.sqlite3")
    if url := os.environ.get("REDIS_URL", ""):
        found["redis"] = redis_keys(url)
    return found
