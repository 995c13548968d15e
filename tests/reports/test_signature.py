"""Signed reports: what a validator finds, what stays the same, what becomes of one that cannot be signed."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import page
import pytest
from asn1crypto.x509 import Certificate
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.gateways.certificates import read_pkcs12
from organisations.models import EvidenceEntry, Organisation, SigningCertificate, User
from organisations.rules import Role
from organisations.services import remove_certificate, set_certificate
from reports.gateways import SigningFailed, sign_pdf
from reports.models import Report
from reports.rules import ReportKind, Wanted
from reports.services import build_report, request_report, retry_report
from tests.organisations.certificates import PASSPHRASE, pkcs12_file, root
from tests.organisations.evidence import verify_offline
from tests.organisations.test_bundle import members
from tests.reports.test_bundle import fetched
from tests.reports.test_report import text_of

NOW = timezone.now()
READINESS = Wanted()


@pytest.fixture
def started(campaign: Campaign, hire: Callable[..., Employee]) -> Campaign:
    for number in range(6):
        hire(f"Ada {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    return campaign


@pytest.fixture
def owner(signed_in: Callable[..., Client]) -> User:
    signed_in(Role.OWNER)
    return User.objects.get(email="owner@acme.example")


@pytest.fixture
def certificate(organisation: Organisation, owner: User) -> SigningCertificate:
    identity = read_pkcs12(pkcs12_file(NOW), PASSPHRASE, NOW)
    return set_certificate(organisation=organisation, identity=identity, user=owner, now=NOW)


def made(campaign: Campaign, wanted: Wanted = READINESS, **fields: Any) -> Report:
    report = request_report(
        organisation=campaign.organisation, campaign=campaign, user=None, now=timezone.now(), wanted=wanted, **fields
    )
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    return report


def judged(content: bytes) -> Any:
    """What pyHanko says of the only signature, trusting the root of these tests."""
    (signature,) = PdfFileReader(BytesIO(content)).embedded_signatures
    trusted = ValidationContext(trust_roots=[Certificate.load(root(NOW).public_bytes(Encoding.DER))])
    return validate_pdf_signature(signature, trusted)


def test_a_signature_holds_and_a_changed_byte_is_noticed(
    started: Campaign, certificate: SigningCertificate, signed_in: Callable[..., Client], tmp_path: Path
) -> None:
    report = made(started)
    assert report.state == "done", report.detail
    content = report.path.read_bytes()
    found = judged(content)
    assert (found.bottom_line, found.intact, found.valid, found.trusted) == (True, True, True, True)
    assert found.signing_cert.serial_number == int(certificate.serial, 16)
    changed = bytearray(content)
    changed[content.index(b"/Subtype /XML")] ^= 1  # in the middle of the file, where a reader does not stumble
    assert not judged(bytes(changed)).intact
    for profile in ("3a", "ua1"):
        assert [item.rule_id for item in page.validate_pdf(report.path, profile=profile).failures] == []
    assert "Signed by Acme Reports." in text_of(report.path)
    facts = EvidenceEntry.objects.get(kind="report.made").facts
    assert (facts["signed_with"], facts["sha256"]) == (certificate.sha256, hashlib.sha256(content).hexdigest())
    browser = signed_in(Role.AUDITOR)
    said = browser.get(f"/o/acme/reports/{report.pk}/").content.decode()
    assert "Acme Reports" in said
    assert report.signature["unsigned_sha256"] in said
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(fetched(browser, report))
    assert verify_offline(bundle)[0] == 0
    files = members(bundle)
    assert b'"certificate_sha256": "%b"' % certificate.sha256.encode() in files["manifest.json"]
    assert b"The PDF is signed by Acme Reports" in files["README.txt"]


def test_the_same_instant_makes_the_same_pages_up_to_the_signature(
    started: Campaign, certificate: SigningCertificate
) -> None:
    first = made(started)
    again = made(started, as_of=first.as_of)
    parts = [report.path.read_bytes()[: report.signature["unsigned_bytes"]] for report in (first, again)]
    assert parts[0] == parts[1]
    assert hashlib.sha256(parts[0]).hexdigest() == first.signature["unsigned_sha256"]
    assert first.sha256 != again.sha256


def test_one_with_an_annex_is_signed_too(started: Campaign, certificate: SigningCertificate) -> None:
    report = made(started, Wanted(kind=ReportKind.CAMPAIGN))
    assert report.state == "done", report.detail
    assert judged(report.path.read_bytes()).bottom_line
    assert [item.rule_id for item in page.validate_pdf(report.path, profile="3u").failures] == []


def test_without_a_certificate_nothing_claims_a_signature(
    started: Campaign, certificate: SigningCertificate, organisation: Organisation, owner: User
) -> None:
    remove_certificate(organisation=organisation, user=owner, now=NOW)
    report = made(started)
    assert (report.state, report.signature) == ("done", {})
    assert "Signed by" not in text_of(report.path)
    assert "signed_with" not in EvidenceEntry.objects.get(kind="report.made").facts
    assert PdfFileReader(BytesIO(report.path.read_bytes())).embedded_signatures == []


def test_another_organisations_certificate_signs_nothing_here(
    started: Campaign, other_organisation: Organisation, owner: User
) -> None:
    identity = read_pkcs12(pkcs12_file(NOW), PASSPHRASE, NOW)
    set_certificate(organisation=other_organisation, identity=identity, user=owner, now=NOW)
    assert made(started).signature == {}


def test_what_cannot_be_signed_fails_with_a_reason_and_is_never_unsigned(
    started: Campaign, certificate: SigningCertificate, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    SigningCertificate.objects.update(not_after=timezone.now() - timedelta(days=1))
    report = made(started)
    assert (report.state, report.files) == ("failed", {})
    assert "The certificate that signs reports expired on" in report.detail
    SigningCertificate.objects.update(not_after=certificate.not_after)
    keys, settings.SIGN_IN_KEYS = settings.SIGN_IN_KEYS, {9: b"9" * 32}
    assert retry_report(report=report, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert "sealed with a key that is not in SIGN_IN_KEYS" in report.detail
    settings.SIGN_IN_KEYS = keys
    for broken in ("{}", '{"key": "", "certificate": "", "chain": []}'):
        with monkeypatch.context() as patch:
            patch.setattr("reports.services.signing.opened", lambda _certificate, text=broken: text)
            assert retry_report(report=report, now=timezone.now())
            build_report(report_id=report.pk, now=timezone.now())
        report.refresh_from_db()
        assert (report.state, report.files) == ("failed", {})
        assert "The PDF could not be signed" in report.detail
    assert not list(report.path.parent.glob(f"**/{report.pk}-*.pdf"))
    assert retry_report(report=report, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report.refresh_from_db()
    assert (report.state, bool(report.signature)) == ("done", True)


def test_a_signing_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(SigningFailed, match="longer than"):
        sign_pdf(str(tmp_path / "x.pdf"), "{}", "x", time_limit=0.01)
