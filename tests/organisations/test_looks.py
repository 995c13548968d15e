"""Logo and colour: what is refused and why, what is kept of a file, and where both appear."""

import io
import re
from collections.abc import Callable
from contextlib import suppress

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from compliance.campaigns.models import Campaign
from compliance.campaigns.services import start_campaign
from employees.models import Employee
from organisations.gateways.pictures import NoPicture, read_logo
from organisations.models import EvidenceEntry, Organisation, OrganisationLogo
from organisations.rules import Role
from organisations.rules.colours import PAPER_DARK, WHITE, contrast, readable
from reports.models import Report
from reports.services import build_report, request_report

URL = "/o/acme/settings/looks/"


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 100), mode: str = "RGBA") -> bytes:
    out = io.BytesIO()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "zyzzyva")
    extra = {"pnginfo": notes} if kind == "PNG" else {}
    Image.new(mode, size, (180, 35, 24, 128) if mode == "RGBA" else None).save(out, kind, **extra)
    return out.getvalue()


def test_nothing_is_kept_of_a_file_but_its_pixels() -> None:
    content = picture()
    assert b"zyzzyva" in content
    png, width, height = read_logo(content + b"<script>zyzzyva</script>")
    assert (width, height, b"zyzzyva" in png) == (400, 100, False)
    assert Image.open(io.BytesIO(png)).mode == "RGB"
    assert read_logo(picture("JPEG", (3000, 3000), "RGB"))[1:] == (480, 480)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is an SVG"),
        (b"<?xml version='1.0'?><svg/>", "This is an SVG"),
        (b"no picture", "is no PNG or JPEG"),
        (picture()[:60], "is no PNG or JPEG"),
        (picture("GIF", mode="P"), "is no PNG or JPEG"),
        (picture(size=(8, 8)), "too small to print"),
        (picture("PNG", (5000, 5000), "1"), "5,000 × 5,000 pixels"),
        (picture("PNG", (20_000, 20_000), "1"), "pixels"),
        (b"x" * (2 * 1024**2 + 1), "Give one of at most 2 MB"),
    ],
)
def test_what_is_no_logo_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(NoPicture, match=said):
        read_logo(content)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_damage_is_an_error_in_words_or_a_picture(noise: bytes, place: int) -> None:
    content = picture()
    with suppress(NoPicture):
        png, width, _height = read_logo(content[:place] + noise + content[place + len(noise) :])
        assert (png[1:4], width >= 16) == (b"PNG", True)


@given(st.integers(0, 0xFFFFFF), st.sampled_from([WHITE, PAPER_DARK]))
def test_any_colour_becomes_readable(number: int, on: str) -> None:
    assert contrast(readable(f"#{number:06x}", on), on) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast("#000000", WHITE), 2) == 21
    assert round(contrast("#777777", WHITE), 2) == 4.48


def test_a_colour_that_cannot_be_read_is_refused(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(Role.OWNER)
    pale = browser.post(URL, {"accent": "#ffcc00"})
    assert pale.status_code == 422
    assert "White on #ffcc00 has a contrast of 1.5 : 1" in pale.content.decode()
    assert "Write a colour as # and six digits" in browser.post(URL, {"accent": "blue"}).content.decode()
    wrong = browser.post(URL, {"accent": "", "logo": SimpleUploadedFile("x.svg", b"<svg/>")})
    assert wrong.status_code == 422


def test_a_style_sheet_of_any_colour_and_of_nothing_else(client: Client) -> None:
    sheet = client.get("/looks/7a1fa2.css")
    assert sheet["Content-Type"].startswith("text/css")
    found = re.findall(r"(--[a-z-]+): (#[0-9a-f]{6})", sheet.content.decode())
    light, dark = dict(found[:3]), dict(found[3:])
    for theme, paper in ((light, WHITE), (dark, PAPER_DARK)):
        assert contrast(theme["--accent"], theme["--accent-wash"]) >= 4.5
        assert contrast(theme["--accent"], paper) >= 4.5
    assert client.get("/looks/red;x.css").status_code == 404


def test_both_stand_on_report_and_dashboard(
    organisation: Organisation, campaign: Campaign, hire: Callable[..., Employee], signed_in: Callable[..., Client]
) -> None:
    for number in range(6):
        hire(f"Ada {number}", "GB")
    start_campaign(campaign=campaign, now=timezone.now())
    browser = signed_in(Role.OWNER)
    logo = SimpleUploadedFile("logo.png", picture())
    assert browser.post(URL, {"accent": "#7A1FA2", "logo": logo}).status_code == 302
    kept = OrganisationLogo.objects.get()
    page = browser.get("/o/acme/").content.decode()
    assert f"/o/acme/logo/{kept.sha256}.png" in page
    assert "/looks/7a1fa2.css" in page
    assert browser.get(f"/o/acme/logo/{kept.sha256}.png").content == bytes(kept.png)
    assert browser.get(f"/o/acme/logo/{'0' * 64}.png").status_code == 404
    report = request_report(organisation=Organisation.objects.get(), campaign=campaign, user=None, now=timezone.now())
    build_report(report_id=report.pk, now=timezone.now())
    report = Report.objects.get()
    assert report.state == "done", report.detail
    with pikepdf.open(report.path) as pdf:
        (image,) = (
            item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        )
        assert not image.get("/Interpolate", False)  # PDF/A
        assert b"0.478431 0.121569 0.635294" in b"".join(
            stream.read_bytes() for stream in [pdf.pages[0].Contents] if isinstance(stream, pikepdf.Stream)
        )
    assert browser.post(URL, {"accent": "", "remove_logo": "on"}).status_code == 302
    assert not OrganisationLogo.objects.exists()
    facts = [entry.facts for entry in EvidenceEntry.objects.filter(kind="organisation.looks_set").order_by("seq")]
    assert [fact["logo_sha256"] for fact in facts] == [kept.sha256, ""]
