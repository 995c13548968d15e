"""Annexes: every row once, in every script, with continuous page numbers; and what their engine may not do."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import page
import pikepdf
import pytest

from reports.gateways import PdfFailed, render_pdf
from reports.press.job import Annex, Attachment, Column, Job

NAMES = {
    "Latin": "Zoë Müller-Łukaszewicz, Nguyễn Thị Ánh",
    "Greek": "Γιώργος Παπαδόπουλος",
    "Cyrillic": "Юлия Кузнецова, Ђорђе Петровић",
    "CJK": "王小明, 田中さくら, 김민준",
    "Arabic": "محمد علي",
    "Hebrew": "נועה לוי",
    "Devanagari": "अनीता शर्मा, क्षत्रिय",
    "Persian, with a joiner": "علی‌رضا",
}
COLUMNS = [Column("No.", 3, right=True), Column("To", 12), Column("Sent (UTC)", 6)]
MARKS = "\u202a\u202b\u202c\u200c\u200e\u200f"  # where directions change, as pdftotext writes them


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A narrative of two pages and an empty annex: see `with_rows`."""
    html = '<html lang="en"><title>x</title><h1>Report</h1><p>One</p><p style="break-before: page">Two</p></html>'
    return Job(
        html=html,
        out=str(tmp_path / "x.pdf"),
        date="2025-11-03T08:00:00+00:00",
        pages_css='@page { @bottom-right { content: "Page " counter(page) " of " {pages} "" } }',
        attachments=[Attachment("figures.json", "Figures", "{}")],
    )


def with_rows(job: Job, rows: list[list[str]], columns: list[Column] = COLUMNS) -> Job:
    path = Path(f"{job.out}.rows")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    footer = ("Acme", "As of then", "Page {page} of {pages}")
    marks = [(at, f"from {at + 1}") for at in range(0, len(rows), 100)]
    annex = Annex("Annex A: mails", "A row a mail.", "Annex A: mails (continued)", columns, str(path), footer, marks)
    return replace(job, annexes=[annex])


def lines(path: str, *options: str) -> list[str]:
    done = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def numbered(count: int) -> list[list[str]]:
    names = list(NAMES.values())
    return [[f"#{at}#", names[at % len(names)], f"2025-10-06 08:{at % 60:02}"] for at in range(count)]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_every_row_stands_once_and_pages_count_on(job: Job, paper: str) -> None:
    made = render_pdf(replace(with_rows(job, numbered(700)), paper=paper))
    text = "\n".join(lines(job.out, "-layout"))
    assert re.findall(r"#(\d+)#", text) == [str(at) for at in range(700)]
    assert re.findall(r"Page (\d+) of (\d+)", text) == [(str(at + 1), str(made.pages)) for at in range(made.pages)]
    assert text.count("Annex A: mails (continued)") == made.pages - 3
    with pikepdf.open(job.out) as pdf, pdf.open_outline() as outline:
        assert len(pdf.pages) == made.pages
        annex = outline.root[-1]
        assert annex.title == "Annex A: mails"
        assert [item.title for item in annex.children] == [f"from {at + 1}" for at in range(0, 700, 100)]
        assert list(pdf.attachments) == ["figures.json"]
    assert not list(Path(job.out).parent.glob("x.pdf.[0-9]*"))


@pytest.mark.parametrize("script", NAMES)
def test_names_of_every_script_are_drawn_and_can_be_read_back(job: Job, script: str) -> None:
    """Text as it was put in, a glyph for each character, and the standard that the file claims."""
    name = NAMES[script]
    made = render_pdf(with_rows(job, [[str(at + 1), name, "then"] for at in range(60)]))
    assert made.missing == ()
    text = "\n".join(lines(job.out, "-layout")).translate(dict.fromkeys(map(ord, MARKS)))
    assert text.count(name.replace("\u200c", "")) == 60, text[:2000]
    checked = subprocess.run(["qpdf", "--check", job.out], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    fonts = subprocess.run(["pdffonts", job.out], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in fonts), fonts
    report = page.validate_pdf(job.out, profile="3u")
    assert report.is_compliant, [(item.rule_id, item.message) for item in report.failures]
    with pikepdf.open(job.out) as pdf:
        xmp = pdf.Root.Metadata.read_bytes()
        assert b"<pdfaid:conformance>U<" in xmp or b'pdfaid:conformance="U"' in xmp
        assert b"pdfuaid" not in xmp


def test_the_same_rows_give_the_same_bytes(job: Job) -> None:
    wanted = with_rows(job, numbered(80))
    render_pdf(wanted)
    first = Path(job.out).read_bytes()
    render_pdf(wanted)
    assert Path(job.out).read_bytes() == first


def test_a_character_that_no_font_has_is_named(job: Job) -> None:
    assert render_pdf(with_rows(job, [["1", "Ada \U0010f123", "then"]])).missing == ("10F123",)


def test_a_poison_cell_is_text_of_four_lines(job: Job) -> None:
    """400 kB, control characters, directions, markup, half a surrogate pair: shown cut, and the next row stands."""
    poison = ["x" * 400_000, "a\x00b\nc\td\x1b[31m", "\u202egnp.exe", "<b>&amp;</b>", "\ud800", "=1+1|cmd"]
    made = render_pdf(with_rows(job, [["1", name, "then"] for name in [*poison, "Ada"]]))
    assert made.pages == 3
    text = "\n".join(lines(job.out, "-layout"))
    assert "<b>&amp;</b>" in text
    assert "Ada" in text
    assert text.count("xxxx") < 200


def test_an_annex_without_rows_has_one_page(job: Job) -> None:
    assert render_pdf(with_rows(job, [])).pages == 3
    assert "A row a mail." in "\n".join(lines(job.out))


def test_rows_that_do_not_fit_the_columns_are_a_failure_with_a_reason(job: Job) -> None:
    with pytest.raises(PdfFailed, match="could not be drawn"):
        render_pdf(with_rows(job, [["1", "Ada"]]))


def test_an_annex_that_cannot_be_written_is_a_failure_with_a_reason(job: Job) -> None:
    lost = replace(with_rows(job, [["1", "Ada", "then"]]), out="/nowhere/at/all.pdf")
    with pytest.raises(PdfFailed, match="could not be drawn"):
        render_pdf(lost)


def test_a_narrative_alone_claims_what_the_validator_finds(job: Job) -> None:
    render_pdf(job)
    for profile in ("3a", "ua1"):
        report = page.validate_pdf(job.out, profile=profile)
        assert report.is_compliant, [(item.rule_id, item.message) for item in report.failures]
