"""The pages as one file: PDF/A-3a with its figures inside, tagged for readers that speak."""

import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
from weasyprint import CSS, HTML
from weasyprint import Attachment as Attached

from reports.press.guards import NoFetching
from reports.press.job import Job

STYLES = Path(__file__).resolve().parents[2] / "static" / "css" / "report.css"
Tell = Callable[[int, int], None]  # pages done, of how many

VARIANT = "pdf/a-3a"
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
    document = _render(job, style)
    pages = len(document.pages)
    tell(pages, pages)
    moment = datetime.fromisoformat(job.date)
    attachments = [
        Attached(
            string=item.content, name=item.name, description=item.description, relationship=item.relationship,
            created=moment, modified=moment,
        )
        for item in job.attachments
    ]  # fmt: skip
    content = document.write_pdf(pdf_variant=VARIANT, attachments=attachments or None)
    del document
    with pikepdf.open(io.BytesIO(content)) as pdf:
        _map_every_glyph(pdf)
        _metadata(pdf)
        _end_clearly(pdf)
        keep = pikepdf.ObjectStreamMode.preserve
        pdf.save(job.out, deterministic_id=True, object_stream_mode=keep, compress_streams=False)
        return len(pdf.pages)


def _render(job: Job, style: CSS) -> Any:
    css = CSS(string=job.css + job.pages_css.replace("{pages}", "counter(pages)"), url_fetcher=NoFetching())
    html = HTML(string=job.html, url_fetcher=NoFetching())
    return html.render(stylesheets=[style, css], pdf_tags=True)


def _metadata(pdf: pikepdf.Pdf) -> None:
    """XMP uncompressed, as the strictest reader wants it; what it claims beside PDF/A goes in here."""
    xmp = pdf.Root.Metadata.read_bytes()
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
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
