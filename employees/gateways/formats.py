"""The file formats of every export, as django-import-export knows them: no cell of any becomes a formula."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from import_export.formats.base_formats import Format
from tablib import Dataset

from employees.gateways.workbooks import XLSX, Sheet, csv_file, workbook
from organisations.rules.cells import escaped

ODS = "application/vnd.oasis.opendocument.spreadsheet"


class _Export(Format):  # type: ignore[misc]  # import_export is untyped
    """An export format: `extension` and `content_type` say which."""

    extension = ""
    content_type = ""

    def get_title(self) -> str:
        return self.extension.upper()

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def can_export(self) -> bool:
        return True


class Csv(_Export):
    extension, content_type = "csv", "text/csv; charset=utf-8"

    def export_data(self, dataset: Dataset, **kwargs: object) -> bytes:
        return csv_file(dataset.headers, _rows(dataset))


class Xlsx(_Export):
    extension, content_type = "xlsx", XLSX

    def export_data(self, dataset: Dataset, **kwargs: object) -> bytes:
        return workbook([Sheet("People", dataset.headers, _rows(dataset))])


class Ods(_Export):
    extension, content_type = "ods", ODS

    def export_data(self, dataset: Dataset, **kwargs: object) -> bytes:
        return ods_file("People", dataset.headers, _rows(dataset))


class Json(_Export):
    extension, content_type = "json", "application/json"

    def export_data(self, dataset: Dataset, **kwargs: object) -> bytes:
        rows = [dict(zip(dataset.headers, map(escaped, row), strict=True)) for row in _rows(dataset)]
        return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _rows(dataset: Dataset) -> Iterator[list[str]]:
    for row in dataset:
        yield ["" if value is None else str(value) for value in row]


_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
# What XML 1.0 cannot hold.
_NO_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535, *range(55296, 57344)))


def ods_file(name: str, headers: Sequence[str], rows: Iterator[list[str]]) -> bytes:
    """OpenDocument 1.2 with text cells only: the one library that writes it takes five milliseconds a row."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), ODS)  # first and not packed, as the standard asks
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        with archive.open("content.xml", "w") as content:
            content.write(
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} office:version="1.2">'
                f'<office:body><office:spreadsheet><table:table table:name="{escape(name)}">'.encode()
            )
            content.write(_ods_row(headers))
            for row in rows:
                content.write(_ods_row(row))
            content.write(b"</table:table></office:spreadsheet></office:body></office:document-content>")
    return buffer.getvalue()


def _ods_row(cells: Sequence[str]) -> bytes:
    texts = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{escape(escaped(cell).translate(_NO_XML))}</text:p>'
        "</table:table-cell>"
        for cell in cells
    )
    return f"<table:table-row>{texts}</table:table-row>".encode()


FORMATS: dict[str, type[_Export]] = {made.extension: made for made in (Csv, Xlsx, Ods, Json)}
