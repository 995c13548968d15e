"""The pages as one file: PDF/A-3a with its figures inside, tagged for readers that speak; annexes behind them.

An annex is drawn by another engine (`reports.press.annex`) and has no tags, so a document that has one claims no
PDF/UA and, of PDF/A, what it can keep.
"""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from weasyprint import CSS, HTML
from weasyprint import Attachment as Attached

from reports.press.annex import Drawn
from reports.press.guards import NoFetching
from reports.press.job import Job
from reports.press.signature import add_field

STYLES = Path(__file__).resolve().parents[2] / "static" / "css" / "report.css"
Tell = Callable[[int, int], None]  # pages done, of how many

VARIANT, WITH_ANNEX = "pdf/a-3a", "pdf/a-3u"
# PDF/A allows a property that it does not know only with a description of it beside.
_CLAIMS_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
_UNMAPPED = re.compile(rb"(<[0-9A-Fa-f]+>) *<>")


def make(job: Job, tell: Tell, missing: set[str]) -> int:
    """Writes the file; returns the number of its pages. Code points without a glyph (hexadecimal) go to `missing`."""
    drawn = [Drawn(annex, f"{job.out}.{at}", job.paper, job.date, job.language) for at, annex in enumerate(job.annexes)]
    content, total = _narrative(job, sum(len(annex.pages) for annex in drawn), tell)
    first = total - sum(len(annex.pages) for annex in drawn) + 1
    for annex in drawn:
        annex.draw(first, total, tell)
        first += len(annex.pages)
        missing |= annex.missing
    _write(job, content, drawn)
    return total


def _narrative(job: Job, more: int, tell: Tell) -> tuple[bytes, int]:
    """The pages before the annexes, and how many there are with `more` of them."""
    style = CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=NoFetching())
    document = _render(job, style, "counter(pages)")
    total = len(document.pages) + more
    if more:
        document = _render(job, style, f'"{total}"')
    tell(total - more, total)
    moment = datetime.fromisoformat(job.date)
    attachments = [
        Attached(
            string=item.content, name=item.name, description=item.description, relationship=item.relationship,
            created=moment, modified=moment,
        )
        for item in job.attachments
    ]  # fmt: skip
    variant = WITH_ANNEX if more else VARIANT
    return document.write_pdf(pdf_variant=variant, pdf_tags=True, attachments=attachments or None), total


def _render(job: Job, style: CSS, total: str) -> Any:
    css = CSS(string=job.css + job.pages_css.replace("{pages}", total), url_fetcher=NoFetching())
    html = HTML(string=job.html, url_fetcher=NoFetching())
    return html.render(stylesheets=[style, css], pdf_tags=True)


def _write(job: Job, content: bytes, annexes: Sequence[Drawn]) -> None:
    with ExitStack() as files:
        pdf = files.enter_context(pikepdf.open(io.BytesIO(content)))
        _metadata(pdf, tagged=not annexes)
        for drawn in annexes:
            _append(pdf, files.enter_context(pikepdf.open(drawn.path)), drawn)
        _map_every_glyph(pdf)
        _name_the_mapping(pdf)
        _end_clearly(pdf)
        if job.signature_field:
            add_field(pdf, job.signature_field, tagged=not annexes)
        keep = pikepdf.ObjectStreamMode.preserve
        pdf.save(job.out, deterministic_id=True, object_stream_mode=keep, compress_streams=False)
    for drawn in annexes:
        Path(drawn.path).unlink()


def _append(pdf: pikepdf.Pdf, annex: pikepdf.Pdf, drawn: Drawn) -> None:
    """Behind the last page, with a bookmark for the annex and one for each of its marks."""
    first = len(pdf.pages)
    pdf.pages.extend(annex.pages)
    with pdf.open_outline() as outline:
        item = pikepdf.OutlineItem(drawn.annex.title, first, "FitH", top=drawn.size[1])
        for row, words in drawn.annex.marks:
            item.children.append(pikepdf.OutlineItem(words, first + drawn.page_of(row)))
        item.is_closed = True
        outline.root.append(item)


def _metadata(pdf: pikepdf.Pdf, *, tagged: bool) -> None:
    """XMP uncompressed, as the strictest reader wants it; what it claims beside PDF/A goes in here."""
    xmp = pdf.Root.Metadata.read_bytes()
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    if tagged:
        xmp = xmp.replace(b"</rdf:RDF>", _CLAIMS_UA + b"</rdf:RDF>")
    pdf.Root.Metadata.write(xmp)


def _end_clearly(pdf: pikepdf.Pdf) -> None:
    """A stream that ends with a carriage return cannot be told from its line end; such a one stays uncompressed."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.read_raw_bytes().endswith(b"\r"):
            item.write(item.read_bytes())


def _map_every_glyph(pdf: pikepdf.Pdf) -> None:
    """A part of a conjunct stands for no character of its own; readers want one nevertheless, so it gets a null width.

    The words themselves stand beside such glyphs (`reports.press.text`).
    """
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/ToUnicode" in item:
            table = item.ToUnicode.read_bytes()
            if _UNMAPPED.search(table):
                item.ToUnicode.write(_UNMAPPED.sub(rb"\1 <200b>", table))


def _name_the_mapping(pdf: pikepdf.Pdf) -> None:
    """Cairo leaves out that a font's glyphs are numbered as its characters are, the default; PDF/A wants it."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/CIDFontType2":
            item.CIDToGIDMap = item.get("/CIDToGIDMap", pikepdf.Name.Identity)
