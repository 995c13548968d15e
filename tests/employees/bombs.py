"""Files made to exhaust or to trick a reader. Each is built when it is asked for, quickly and in little memory.

BOMBS: name -> builder; none of them is a roster. BOMB_WORDS: name -> a word that the refusal must contain.
"""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPE = f'<Override PartName="/xl/{{}}.xml" ContentType="{_KIND}.{{}}+xml"/>'
_TYPES = [("workbook", "sheet.main"), ("sharedStrings", "sharedStrings"), ("sheet1", "worksheet")]
_LINK = f'<Relationship Id="r{{0}}" Type="{_DOCUMENT}/{{1}}" Target="{{2}}.xml"/>'
_LINKS = f'<Relationships xmlns="{_PACKAGE}/relationships">{{}}</Relationships>'
_BOOK = _LINK.format(1, "worksheet", "sheet1") + _LINK.format(2, "sharedStrings", "sharedStrings")
_CSV, _OLE = b"Employee ID,Name,E-mail,Country\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT = '<c t="inlineStr"><is><t>'
_HEADER = "".join(f"{_TEXT}{name}</t></is></c>" for name in _CSV.decode().strip().split(","))
_START, _END = f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1">{_HEADER}</row>', "</sheetData></worksheet>"
_FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_CORNERS = f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:XFD1048576"/><sheetData>{_FAR}'
_SHARED = _START + '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
_CIRCLE = struct.pack("<16x5H6x118l", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, -2, 0, -2, 0, 0, *[-1] * 108)
_FILE = '<!DOCTYPE z [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'  # this and the next are set off by &a9;
_HA = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
_LAUGHS = f'<!DOCTYPE z [<!ENTITY a0 "ha">{_HA}]>'


class _Member(NamedTuple):
    """One file of a zip: deflated already, so that it may be far larger than memory."""

    name: str
    deflated: bytes
    crc: int
    size: int

    def fields(self) -> bytes:
        return struct.pack("<5H3L2H", 20, 0, 8, 0, 33, self.crc, len(self.deflated), self.size, len(self.name), 0)

    def head(self) -> bytes:
        return b"PK\3\4" + self.fields() + self.name.encode()

    def entry(self, offset: int) -> bytes:
        return b"PK\1\2\x14\0" + self.fields() + struct.pack("<3H2L", 0, 0, 0, 0, offset) + self.name.encode()


def _times(a: int, b: int) -> int:
    """The product of two polynomials modulo CRC-32's, bits reflected."""
    product = 0
    for bit in range(31, -1, -1):
        product ^= b if a >> bit & 1 else 0
        b = b >> 1 ^ 0xEDB88320 if b & 1 else b >> 1
    return product


def _joined(crc: int, following: int, length: int) -> int:
    """The CRC-32 of two texts one after the other, from those of each and the length of the second."""
    power, square = 1 << 31, 1 << 23
    while length:
        power, square, length = _times(power, square) if length & 1 else power, _times(square, square), length >> 1
    return _times(power, crc) ^ following


def _deflated(data: bytes, flush: int = zlib.Z_FULL_FLUSH) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(flush)


def _member(name: str, data: str | bytes, filler: bytes = b"", doublings: int = 0, after: str = "") -> _Member:
    """`data`, then 2**doublings MiB of the byte `filler`, then `after`: one deflated MiB is repeated."""
    data, block, tail = data.encode() if isinstance(data, str) else data, filler * 2**20, after.encode()
    deflated = _deflated(data) + _deflated(block) * 2**doublings + _deflated(tail, zlib.Z_FINISH)
    crc, length = zlib.crc32(block), len(block)
    for _ in range(doublings):
        crc, length = _joined(crc, crc, length), length * 2
    crc = _joined(_joined(zlib.crc32(data), crc, length), zlib.crc32(tail), len(tail))
    return _Member(name, deflated, crc, len(data) + length + len(tail))


def _zip(members: Sequence[_Member], inside: Sequence[_Member] = (), claimed: int = 2**32) -> bytes:
    """The members `inside` are those that end where the last one of `members` ends."""
    body, entries = bytearray(), []
    for member in [member._replace(size=min(claimed, member.size)) for member in members]:
        entries.append(member.entry(len(body)))
        body += member.head() + member.deflated
    entries += [member.entry(len(body) - len(member.head() + member.deflated)) for member in inside]
    central, count, wide = b"".join(entries), len(entries), b""
    if count > 0xFFFF:  # the ZIP64 form
        wide = b"PK\6\6" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, count, count, len(central), len(body))
        wide += b"PK\6\7" + struct.pack("<LQL", 0, len(body) + len(central), 1)
    count = min(count, 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(body), 0)
    return bytes(body) + central + wide + end


def _sheet(start: str = _START, filler: bytes = b"", doublings: int = 0, after: str = "") -> _Member:
    return _member("xl/sheet1.xml", start, filler, doublings, after + _END)


def _xlsx(sheet: _Member, book: str = "", strings: str = "", code: str = "utf-8") -> list[_Member]:
    """A workbook of one sheet; `book` and `strings` are document types of its workbook and of its shared strings."""
    sheets = f'{"&a9;" * bool(book)}<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
    shared = f'{strings}<sst xmlns="{_MAIN}"><si><t>{"&a9;" * bool(strings)}</t></si></sst>'
    types = "".join(_TYPE.format(*part) for part in _TYPES)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": _LINKS.format(_LINK.format(0, "officeDocument", "xl/workbook")),
        "xl/_rels/workbook.xml.rels": _LINKS.format(_BOOK),
        "xl/workbook.xml": f'{book}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">{sheets}</workbook>',
        "xl/sharedStrings.xml": f'<?xml version="1.0" encoding="{code}"?>{shared}'.encode(code),
    }
    return [*(_member(name, data) for name, data in parts.items()), sheet]


def _nested(levels: int) -> bytes:
    return _zip([_member("9.xlsx", _nested(levels - 1))] * 9 if levels else _xlsx(_sheet(_START, b" ", 8)))


def _overlapping() -> bytes:
    """300 members, each of which quotes the next one's header and goes on into its data: nearly 5 GiB in 60 KB."""
    *book, last = _xlsx(_sheet(_START, b" ", 4))
    chain = [last]
    for n in range(299):
        head, after = chain[-1].head(), chain[-1]
        quoted = struct.pack("<BHH", 0, len(head), len(head) ^ 0xFFFF) + head + after.deflated
        crc = _joined(zlib.crc32(head), after.crc, after.size)
        chain.append(_Member(f"xl/media/{n}.xml", quoted, crc, len(head) + after.size))
    return _zip([*book, chain[-1]], chain[:-1])


def _ods(text: str, kind: str = "", rows: int = 1, columns: int = 1) -> bytes:
    names = " ".join(f'xmlns:{name}="{_OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
    cell = f'office:value-type="string" table:number-columns-repeated="{columns}"><text:p>{text}</text:p>'
    row = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell {cell}</table:table-cell>'
    body = f'<office:spreadsheet><table:table table:name="S">{row}</table:table-row></table:table></office:spreadsheet>'
    text = f"<office:document-content {names}><office:body>{body}</office:body></office:document-content>"
    with zipfile.ZipFile(made := io.BytesIO(), "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{_OASIS}:manifest:1.0"/>')
        package.writestr("content.xml", f'<?xml version="1.0"?>{kind}{text}')
    return made.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "zip bomb": lambda: _zip(_xlsx(_sheet(_START, b" ", 11))),
    "zip bomb that claims to be small": lambda: _zip(_xlsx(_sheet(_START, b" ", 11)), claimed=4096),
    "100,000 members": lambda: _zip(_xlsx(_sheet()) + [_Member(f"xl/{n}", b"\3\0", 0, 0) for n in range(100_000)]),
    "overlapping members": _overlapping,
    "zips in zips": lambda: _nested(4),
    "billion laughs in shared strings": lambda: _zip(_xlsx(_sheet(_SHARED), strings=_LAUGHS)),
    "entities in UTF-16": lambda: _zip(_xlsx(_sheet(_SHARED), strings=_LAUGHS, code="utf-16")),
    "external entity in workbook": lambda: _zip(_xlsx(_sheet(), book=_FILE)),
    "billion laughs in ODS": lambda: _ods("&a9;", _LAUGHS),
    "external entity in ODS": lambda: _ods("&a9;", _FILE),
    "ODS of 17 billion cells": lambda: _ods("x", "", 1_048_576, 16_384),
    "cell of 1 GiB": lambda: _zip(_xlsx(_sheet(f'{_START}<row r="2">{_TEXT}', b"a", 10, "</t></is></c></row>"))),
    "cells in two far corners": lambda: _zip(_xlsx(_sheet(_CORNERS))),
    "random bytes as OLE": lambda: _OLE + random.Random(1).randbytes(2**16),
    "OLE directory in a circle": lambda: _OLE + _CIRCLE + struct.pack("<128l512x", -3, 1, *[-1] * 126),
    "truncated workbook": lambda: _zip(_xlsx(_sheet()))[:-500],
    "deep JSON": lambda: b"[" * 100_000 + b"]" * 100_000,
    "JSON number of 60 MB": lambda: b'[{"name": ' + b"9" * 60_000_000 + b"}]",
    "CSV cell of 40 MiB": lambda: _CSV + b'1,"' + b"a" * 40 * 2**20 + b'",a@acme.example,DE\n',
    "40 MiB of quotes": lambda: b'"' * 40 * 2**20,
    "2 million empty lines": lambda: b"\n" * 2_000_000,
    "too many rows": lambda: _CSV + "".join(f"{n},P {n},p{n}@acme.example,DE\n" for n in range(200_001)).encode(),
    "20,000 columns": lambda: _CSV.strip() + b",x" * 19_996 + b"\n1,A B,a@acme.example,DE" + b",1" * 19_996 + b"\n",
    "NUL bytes": lambda: _CSV + b"\0" * 2**20,
    "only a BOM": lambda: b"\xef\xbb\xbf",
}
BOMB_WORDS: dict[str, str] = {"too many rows": "rows"}
