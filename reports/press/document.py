"""The pages, then the annex, as one file that says of itself only what a validator found true (docs/decisions/0013)."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from weasyprint import CSS, HTML
from weasyprint import Attachment as Attached

from reports.press import annex as annexes
from reports.press.guards import NoFetching
from reports.press.job import Job

STYLES = Path(__file__).resolve().parents[2] / "static" / "css" / "report.css"
Tell = Callable[[int, int], None]  # pages done, of how many

# Tagged and accessible where one pass draws everything; an annex is merged page by page, which keeps no tags.
ALONE, WITH_ANNEX = "pdf/a-3a", "pdf/a-3b"
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


def make(job: Job, tell: Tell) -> int:
    """Writes the file; returns the number of its pages."""
    fetcher = NoFetching()
    style = CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=fetcher)
    extra = annexes.count_pages(job.annex, job.paper) if job.annex else 0
    document = _render(job, style, "counter(pages)")
    main = len(document.pages)
    if extra:
        document = _render(job, style, f'"{main + extra}"')
    tell(main, main + extra)
    moment = datetime.fromisoformat(job.date)
    attachments = [
        Attached(
            string=item.content, name=item.name, description=item.description, relationship=item.relationship,
            created=moment, modified=moment,
        )
        for item in job.attachments
    ]  # fmt: skip
    content = document.write_pdf(pdf_variant=WITH_ANNEX if extra else ALONE, attachments=attachments or None)
    del document
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if job.annex:
            _append(pdf, job, style, main + extra, tell)
        _map_every_glyph(pdf)
        _metadata(pdf, accessible=not extra)
        pdf.save(job.out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
        return len(pdf.pages)


def _render(job: Job, style: CSS, pages: str) -> Any:
    css = CSS(string=job.css + job.pages_css.replace("{pages}", pages), url_fetcher=NoFetching())
    html = HTML(string=job.html, url_fetcher=NoFetching())
    return html.render(stylesheets=[style, css], pdf_tags=not job.annex)


def _append(pdf: pikepdf.Pdf, job: Job, style: CSS, pages: int, tell: Tell) -> None:
    assert job.annex
    first = len(pdf.pages)
    for content, _ in annexes.draw(job, job.annex, style, first + 1, pages):
        with pikepdf.open(io.BytesIO(content)) as piece:
            pdf.pages.extend(piece.pages)
        tell(len(pdf.pages), pages)
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(job.annex.title, first))


def _metadata(pdf: pikepdf.Pdf, *, accessible: bool) -> None:
    """XMP uncompressed, as the strictest reader wants it; what it claims beside PDF/A goes in here."""
    xmp = pdf.Root.Metadata.read_bytes()
    if accessible:
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        xmp = xmp.replace(b"</rdf:RDF>", _CLAIMS_UA + b"</rdf:RDF>")
    pdf.Root.Metadata.write(xmp)


def _map_every_glyph(pdf: pikepdf.Pdf) -> None:
    """A part of a conjunct stands for no character of its own; readers want one nevertheless, so it gets a null width.

    The words themselves stand beside such glyphs (`reports.press.text`).
    """
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/ToUnicode" in item:
            table = item.ToUnicode.read_bytes()
            if _UNMAPPED.search(table):
                item.ToUnicode.write(_UNMAPPED.sub(rb"\1 <200b>", table))
