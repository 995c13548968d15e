"""The evidence bundle of a report: what is in it, and what the auditor's program finds when something was changed."""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.models import EvidenceCheckpoint, EvidenceEntry, Organisation
from organisations.rules import Role
from organisations.services import take_checkpoint
from reports.models import Report, ReportBundle
from reports.services import build_bundle, build_report, request_report
from tests.organisations.evidence import checkpointed, grow, kept, rebuild, verify_offline, without_triggers
from tests.organisations.test_bundle import members, rewritten

Change = Callable[[dict[str, bytes]], Any]


@pytest.fixture
def report(blank_pages: None, campaign: Campaign, organisation: Organisation, hire: Callable[..., Employee]) -> Report:
    """Made, in a log with other entries before, between and after."""
    for number in range(6):
        hire(f"Ada {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    checkpointed(organisation, timezone.now())
    found = request_report(organisation=organisation, campaign=campaign, user=None, now=timezone.now())
    grow(organisation, timezone.now(), 7, kind="thing.done")
    build_report(report_id=found.pk, now=timezone.now())
    grow(organisation, timezone.now(), 3, kind="thing.done")
    found.refresh_from_db()
    assert found.state == "done", found.detail
    return found


def fetched(browser: Client, report: Report) -> bytes:
    browser.post(f"/o/acme/reports/{report.pk}/bundle/new/")
    build_bundle(bundle_id=ReportBundle.objects.latest("pk").pk, now=timezone.now())
    answer = browser.get(f"/o/acme/reports/{report.pk}/bundle/download/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].endswith('.evidence.zip"')
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


@pytest.fixture
def bundle(report: Report, signed_in: Callable[..., Client], tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(fetched(signed_in(Role.AUDITOR), report))
    return path


def test_it_holds_the_files_and_fits(bundle: Path, report: Report, organisation: Organisation, tmp_path: Path) -> None:
    outside = kept(tmp_path, list(EvidenceCheckpoint.objects.order_by("seq")))
    status, said = verify_offline(bundle, *[word for path in outside for word in ("--checkpoint", path)])
    assert status == 0, said
    assert said.endswith("Everything fits.\n")
    assert f"csv, json, pdf, xlsx of report {report.pk}: the log's entry report.made names them" in said
    files = members(bundle)
    assert hashlib.sha256(files[report.name_of("pdf")]).hexdigest() == report.sha256
    assert json.loads(files[report.name_of("json")]) == report.figures
    lines = [json.loads(line)["entry"] for line in files["entries.jsonl"].splitlines()]
    assert {line["kind"] for line in lines} == {"report.requested", "report.made", "evidence.key_added"}
    assert EvidenceEntry.objects.filter(kind="report.bundle_downloaded").get().facts["sha256"] == hashlib.sha256(
        bundle.read_bytes()
    ).hexdigest()  # fmt: skip


def test_without_an_outside_checkpoint_it_does_not_say_that_everything_fits(bundle: Path) -> None:
    status, said = verify_offline(bundle)
    assert (status, "Everything fits" in said) == (0, False)
    assert "It was NOT compared with anything kept outside." in said


def test_it_needs_nothing_but_python_and_openssl_knows_the_key(bundle: Path, tmp_path: Path) -> None:
    """The program out of the bundle itself, in a folder of its own; and the last signature by another program."""
    with zipfile.ZipFile(bundle) as opened:
        opened.extractall(tmp_path / "out")
    command = ["python3", "-I", "-S", "verify_evidence.py", str(bundle)]
    done = subprocess.run(
        command, cwd=tmp_path / "out", capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    last = json.loads((tmp_path / "out" / "checkpoints.jsonl").read_text().splitlines()[-1])
    text = json.dumps(last["checkpoint"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (tmp_path / "text").write_text(text)
    (tmp_path / "signature").write_bytes(bytes.fromhex(last["signature"]))
    key = str(tmp_path / "out" / "public_key.pem")
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        key,
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    assert "Verified" in subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def test_the_same_checkpoint_makes_the_same_bytes(report: Report, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.AUDITOR)
    assert fetched(browser, report) == fetched(browser, report)


def test_a_later_checkpoint_fits_too_and_one_of_another_log_does_not(
    bundle: Path, report: Report, organisation: Organisation, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    later = checkpointed(organisation, timezone.now())
    (path,) = kept(tmp_path, [later])
    status, said = verify_offline(bundle, "--checkpoint", path)
    assert (status, "this bundle is older" in said) == (1, True)
    newer = tmp_path / "newer.zip"
    newer.write_bytes(fetched(signed_in(Role.OWNER), report))
    assert verify_offline(newer, "--checkpoint", path)[0] == 0
    rebuild(organisation, {2: {"kind": "x"}})
    with without_triggers():
        EvidenceCheckpoint.objects.all().delete()
    assert take_checkpoint(organisation=organisation, now=timezone.now())
    anew = tmp_path / "anew.zip"
    anew.write_bytes(fetched(signed_in(Role.ADMIN), report))
    assert verify_offline(anew)[0] == 0
    status, said = verify_offline(anew, "--checkpoint", path)
    assert (status, "is none of those in this bundle. Ask why" in said) == (1, True)


def _entry(kind: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """An entry of the excerpt is written anew, with hashes that fit."""

    def make(files: dict[str, bytes]) -> None:
        lines = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
        for line in lines:
            if line["entry"]["kind"] == kind:
                change(line["entry"]["facts"])
                text = json.dumps(line["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
                line["hash"] = hashlib.sha256(b"\0" + bytes.fromhex(line["prev_hash"]) + text).hexdigest()
        dumped = [json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for line in lines]
        files["entries.jsonl"] = "".join(f"{line}\n" for line in dumped).encode()

    return make


def _another_pdf(files: dict[str, bytes]) -> None:
    (name,) = (name for name in files if name.endswith(".pdf"))
    files[name] += b"%"


def _another_pdf_with_its_entry(files: dict[str, bytes]) -> None:
    _another_pdf(files)
    (name,) = (name for name in files if name.endswith(".pdf"))
    digest = hashlib.sha256(files[name]).hexdigest()
    _entry("report.made", lambda facts: facts["files"].update(pdf=digest))(files)


def _without_proof(files: dict[str, bytes]) -> None:
    proofs = json.loads(files["proofs.json"])
    proofs["inclusion"].pop()
    files["proofs.json"] = json.dumps(proofs).encode()


def _without_the_row(files: dict[str, bytes]) -> None:
    proofs = json.loads(files["proofs.json"])
    files["proofs.json"] = json.dumps(proofs | {"consistency": []}).encode()


def _without_entry(files: dict[str, bytes]) -> None:
    files["entries.jsonl"] = b"".join(files["entries.jsonl"].splitlines(keepends=True)[:-1])


def _entry_from_nowhere(files: dict[str, bytes]) -> None:
    """In place of the last one: numbered 0, after nothing, and without a proof."""
    _another_pdf(files)
    (name,) = (name for name in files if name.endswith(".pdf"))
    lines = files["entries.jsonl"].splitlines(keepends=True)
    entry = json.loads(lines[-1])["entry"]
    entry["seq"] = 0
    entry["facts"]["files"]["pdf"] = hashlib.sha256(files[name]).hexdigest()
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(b"\0" + text.encode()).hexdigest()
    made = f'{{"entry":{text},"hash":"{digest}","prev_hash":""}}\n'.encode()
    files["entries.jsonl"] = b"".join([*lines[:-1], made])
    proofs = json.loads(files["proofs.json"])
    proofs["inclusion"].pop()
    files["proofs.json"] = json.dumps(proofs).encode()


def _proof_of_another_size(files: dict[str, bytes]) -> None:
    """An entry changed, and a proof that it is in a log of which no checkpoint speaks."""
    _another_pdf_with_its_entry(files)
    proofs = json.loads(files["proofs.json"])
    proofs["inclusion"][-1] |= {"in": 999, "proof": []}
    files["proofs.json"] = json.dumps(proofs).encode()


HARM: dict[str, tuple[Change, str]] = {
    "an entry from nowhere": (_entry_from_nowhere, "is the first that does not continue the log"),
    "a proof of another size": (_proof_of_another_size, "is in the log of 999: the proof does not hold"),
    "another PDF": (_another_pdf, "The pdf file is not the one that the log's entry report.made names."),
    "another PDF and entry": (_another_pdf_with_its_entry, "the proof does not hold"),
    "an entry without proof": (_without_proof, "is the first that does not continue the log"),
    "no row of checkpoints": (_without_the_row, "Each checkpoint has a proof that it continues the one before it"),
    "an entry less": (_without_entry, "The log says 0 times that report"),
    "an earlier entry": (_entry("report.requested", lambda facts: facts.update(as_of="x")), "the proof does not hold"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_was_changed_is_named(bundle: Path, harm: str) -> None:
    change, expected = HARM[harm]
    status, said = verify_offline(rewritten(bundle, change))
    assert (status, expected in said) == (1, True), said


def test_a_worker_that_died_before_the_checkpoint_leaves_a_report_with_a_bundle(
    report: Report, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    with without_triggers():
        EvidenceCheckpoint.objects.order_by("-seq")[0].delete()
    path = tmp_path / "b.zip"
    path.write_bytes(fetched(signed_in(Role.AUDITOR), report))
    assert verify_offline(path)[0] == 0
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as opened:
        assert f"Evidence of report {report.pk} of Acme" in opened.read("README.txt").decode()
