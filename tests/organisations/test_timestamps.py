"""Outside timestamps against an authority of our own: `openssl ts -reply` behind a small HTTP server."""

import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from organisations.models import EvidenceTimestamp, Organisation
from organisations.services import stamp_due, write_bundle
from organisations.tasks import stamp_checkpoints, sweep_evidence
from tests.organisations.evidence import checkpointed, grow, verify_offline

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/cert.pem
signer_key = {folder}/key.pem
certs = {folder}/cert.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
"""


class Authority:
    """Answers as `how` says: stamp, refuse, other (stamps something else), rubbish, away."""

    def __init__(self, folder: Path) -> None:
        self.how, self.folder, self.asked = "stamp", folder, 0
        (folder / "serial").write_text("01\n")
        (folder / "ts.cnf").write_text(CONFIG.format(folder=folder))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Own authority", "-days", "30",
             "-addext", "extendedKeyUsage=critical,timeStamping", "-keyout", folder / "key.pem", "-out",
             folder / "cert.pem"],
            check=True, capture_output=True,
        )  # fmt: skip

    def reply(self, query: bytes) -> bytes:
        self.asked += 1
        if self.how == "rubbish":
            return b"<html>Service unavailable</html>"
        (self.folder / "q.tsq").write_bytes(query)
        if self.how == "other":
            command = ["openssl", "ts", "-query", "-digest", "ab" * 64, "-sha512", "-out", "q.tsq"]
            subprocess.run(command, check=True, capture_output=True, cwd=self.folder)
        if self.how == "refuse":
            (self.folder / "q.tsq").write_bytes(query.replace(b"\x60\x86\x48\x01\x65\x03\x04\x02", b"\x60" * 8))
        command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "r.tsr"]
        subprocess.run(command, check=False, capture_output=True, cwd=self.folder)
        return (self.folder / "r.tsr").read_bytes()


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[Authority]:
    folder = tmp_path / "tsa"
    folder.mkdir()
    made = Authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if made.how == "away":
                self.send_error(503)
                return
            content = made.reply(query)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_checkpoint_is_stamped_and_openssl_agrees(
    organisation: Organisation, now: datetime, authority: Authority, tmp_path: Path
) -> None:
    made = checkpointed(organisation, now)
    assert stamp_due(now=now) == 1
    assert stamp_due(now=now) == 0
    out = io.BytesIO()
    write_bundle(organisation=organisation, checkpoint=made, out=out)
    (tmp_path / "b.zip").write_bytes(out.getvalue())
    assert verify_offline(tmp_path / "b.zip")[0] == 0
    with zipfile.ZipFile(out) as opened:
        opened.extractall(tmp_path / "out")
    data = tmp_path / "out" / "timestamps" / made.download_name
    command: list[Any] = ["openssl", "ts", "-verify", "-data", data, "-in", data.with_suffix(".tsr"), "-CAfile"]
    done = subprocess.run([*command, authority.folder / "cert.pem"], capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr
    data.write_bytes(data.read_bytes().replace(b"acme", b"acne"))
    done = subprocess.run([*command, authority.folder / "cert.pem"], capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("how", ["away", "rubbish", "other", "refuse"])
def test_an_authority_in_trouble_is_asked_again_and_nobody_waits(
    organisation: Organisation, now: datetime, authority: Authority, how: str
) -> None:
    authority.how = how
    made = checkpointed(organisation, now)
    assert stamp_due(now=now) == 0
    row = EvidenceTimestamp.objects.get()
    assert (row.token, row.attempts) == (None, 1)
    assert row.detail
    assert stamp_due(now=now) == 0  # not before its time
    authority.how = "stamp"
    assert stamp_due(now=row.due_at) == 1
    assert EvidenceTimestamp.objects.get().checkpoint == made


def test_what_waits_is_rung_for(
    organisation: Organisation, now: datetime, authority: Authority, bells: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    checkpointed(organisation, now)
    with django_capture_on_commit_callbacks(execute=True):
        sweep_evidence()
    assert ("organisations.tasks.stamp_checkpoints", {}) in bells
    stamp_checkpoints()
    assert EvidenceTimestamp.objects.exclude(token=None).exists()


def test_no_authority_is_asked_unless_it_is_set(organisation: Organisation, now: datetime, settings: Any) -> None:
    checkpointed(organisation, now)
    assert not EvidenceTimestamp.objects.exists()
    settings.TIMESTAMP_URL = "ftp://x.example"
    grow(organisation, now, 1)
    checkpointed(organisation, now)
    assert stamp_due(now=now) == 0
    assert "not a web address" in EvidenceTimestamp.objects.get().detail
