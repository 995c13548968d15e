"""The certificate that signs reports: which files are refused and why, how it is kept, who may change it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from organisations.gateways.certificates import NoCertificate, read_pkcs12
from organisations.models import EvidenceEntry, Organisation, SigningCertificate
from organisations.rules import Role
from organisations.services import Unopened, opened
from tests.organisations.certificates import (
    PASSPHRASE,
    ExtendedKeyUsageOID,
    ec,
    ed25519,
    hashes,
    pkcs12_file,
    rsa,
)

URL = "/o/acme/settings/certificate/"
NOW = timezone.now()


def put(browser: Client, content: bytes, passphrase: str = PASSPHRASE) -> str:
    file = SimpleUploadedFile("acme.p12", content)
    return browser.post(URL, {"file": file, "passphrase": passphrase}, follow=True).content.decode()


def test_a_good_one_is_read() -> None:
    for key in (None, rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        found = read_pkcs12(pkcs12_file(NOW, key=key), PASSPHRASE, NOW)
        assert (found.subject, found.issuer) == ("Acme Reports", "Acme Root")
        assert found.not_after > NOW + timedelta(days=364)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "no file of that kind": (lambda: b"hello", "no PKCS#12 file"),
    "PEM": (lambda: b"-----BEGIN CERTIFICATE-----", "This is a PEM file"),
    "damaged": (lambda: pkcs12_file(NOW)[:-40], "passphrase does not open this file"),
    "too large": (lambda: b"\x30" * 200_000, "too large"),
    "no key": (lambda: pkcs12_file(NOW, without_key=True), "no private key"),
    "expired": (lambda: pkcs12_file(NOW, days=-1, since=9), "Acme Reports expired on"),
    "not yet": (lambda: pkcs12_file(NOW, since=-3), "is valid from"),
    "weak": (lambda: pkcs12_file(NOW, key=rsa.generate_private_key(65537, 1024)), "RSA with 1024 bits. At least 2048"),
    "weak curve": (lambda: pkcs12_file(NOW, key=ec.generate_private_key(ec.SECP224R1())), "EC with 224 bits"),
    "another kind": (lambda: pkcs12_file(NOW, key=ed25519.Ed25519PrivateKey.generate()), "of another kind"),
    "not for signing": (lambda: pkcs12_file(NOW, signs=False), "names no digital signature"),
    "an authority": (lambda: pkcs12_file(NOW, ca=True), "an authority's"),
    "a web server": (lambda: pkcs12_file(NOW, purpose=ExtendedKeyUsageOID.SERVER_AUTH), "for a web server"),
    "without its issuer": (lambda: pkcs12_file(NOW, chain=False), "The certificate of its issuer, Acme Root"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_others_are_refused_with_a_reason(case: str) -> None:
    make, said = REFUSED[case]
    with pytest.raises(NoCertificate, match=said.replace("#", "\\#")):
        read_pkcs12(make(), PASSPHRASE, NOW)


def test_one_that_was_issued_with_sha_1_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library here issues one any more, so the bound is moved to what it does issue."""
    monkeypatch.setattr("organisations.gateways.certificates._WEAK", (hashes.SHA256,))
    with pytest.raises(NoCertificate, match="SHA-1 or MD5"):
        read_pkcs12(pkcs12_file(NOW), PASSPHRASE, NOW)


def test_set_shown_replaced_and_taken_away(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    owner = signed_in(Role.OWNER)
    assert "Reports are not signed." in owner.get("/o/acme/settings/").content.decode()
    assert "The passphrase does not open this file" in put(owner, pkcs12_file(NOW), "wrong")
    assert "PKCS#12" in owner.post(URL, {"passphrase": "x"}).content.decode()
    assert not SigningCertificate.objects.exists()
    said = put(owner, pkcs12_file(NOW))
    first = SigningCertificate.objects.get()
    for shown in ("Acme Reports", "Acme Root", first.serial, first.sha256):
        assert shown in said
    assert "expires within 30 days" not in said
    put(owner, pkcs12_file(NOW, days=20, subject="Acme Reports II"))
    second = SigningCertificate.objects.get()
    assert second.sha256 != first.sha256
    assert "expires within 30 days" in owner.get(URL).content.decode()
    assert "will within 30 days" in owner.get("/o/acme/settings/").content.decode()
    assert "The certificate that signs reports is valid until" in owner.get("/o/acme/reports/").content.decode()
    SigningCertificate.objects.update(not_after=timezone.now() - timedelta(days=1))
    assert "This certificate has expired" in owner.get(URL).content.decode()
    owner.post(f"{URL}remove/")
    owner.post(f"{URL}remove/")
    assert not SigningCertificate.objects.exists()
    facts = EvidenceEntry.objects.filter(kind__startswith="organisation.certificate").order_by("seq")
    assert [(entry.kind.partition("_")[2], entry.facts["certificate"]) for entry in facts] == [
        ("set", first.sha256), ("set", second.sha256), ("removed", second.sha256),
    ]  # fmt: skip
    assert facts[1].facts["was"] == first.sha256


@pytest.mark.parametrize(("days", "said"), [(60, ""), (20, "expires soon"), (-1, "has expired")])
def test_the_dashboard_says_when_it_ends_to_whoever_can_set_another(
    organisation: Organisation, signed_in: Callable[..., Client], days: int, said: str
) -> None:
    put(signed_in(Role.OWNER), pkcs12_file(NOW))
    SigningCertificate.objects.update(not_after=timezone.now() + timedelta(days=days))
    pages = {role: signed_in(role).get("/o/acme/").content.decode() for role in (Role.OWNER, Role.ADMIN)}
    assert (f"The certificate that signs reports {said}" in pages[Role.OWNER]) is bool(said)
    assert "The certificate that signs reports" not in pages[Role.ADMIN]


def test_a_sign_in_of_long_ago_is_asked_for_again_before_the_form(
    organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    owner = signed_in(Role.OWNER)
    later = owner.session
    later["account_authentication_methods"] = [
        {**item, "at": item["at"] - 3600} for item in later["account_authentication_methods"]
    ]
    later.save()
    answer = owner.get(URL)
    assert (answer.status_code, "reauthenticate" in answer["Location"]) == (302, True)
    file = SimpleUploadedFile("acme.p12", pkcs12_file(NOW))
    answer = owner.post(URL, {"file": file, "passphrase": PASSPHRASE})
    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert PASSPHRASE not in str(dict(owner.session.items()))
    assert not SigningCertificate.objects.exists()


def test_it_is_sealed_and_the_command_seals_it_anew(
    organisation: Organisation, signed_in: Callable[..., Client], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SIGN_IN_KEYS = {1: b"1" * 32}
    put(signed_in(Role.OWNER), pkcs12_file(NOW))
    kept = SigningCertificate.objects.get()
    secret = opened(kept)
    assert '"key"' in secret
    assert '"key"' not in kept.sealed
    settings.SIGN_IN_KEYS = {1: b"1" * 32, 2: b"2" * 32}
    call_command("seal_second_factors")
    assert "1 keys of certificates" in capsys.readouterr().out
    settings.SIGN_IN_KEYS = {2: b"2" * 32}
    assert opened(SigningCertificate.objects.get()) == secret
    settings.SIGN_IN_KEYS = {3: b"3" * 32}
    with pytest.raises(Unopened):
        opened(SigningCertificate.objects.get())
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("seal_second_factors")
