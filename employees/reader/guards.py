"""What is looked at before a spreadsheet is parsed: how much it unpacks to, and whether its XML declares entities.

The archive's own figures are not believed: every member is unpacked piece by piece and counted.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from employees.reader.limits import Limits, Unreadable

_PIECE = 256 * 1024
_SLACK = 4 * 1024 * 1024  # below this no ratio is too high: small XML packs very well
_BOMB = "unpacks to far more than a roster would: it was not opened. Save the staff list alone as a new file."
_LOCAL_HEADER = struct.Struct("<4s22xHH")


def check_archive(content: bytes, limits: Limits) -> None:
    """Raises Unreadable unless every member is of a sane size and no XML part has a document type."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeDecodeError) as error:
        raise Unreadable("is damaged: the spreadsheet cannot be unpacked. Save it again and upload that.") from error
    if len(members) > limits.members:
        raise Unreadable(_BOMB)
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise Unreadable(_BOMB)
    total = 0
    for member in members:
        if member.flag_bits & 1:
            raise Unreadable("is protected by a password. Save it without one and upload that.")
        total = _check_member(content, member, total, limits)


def _check_member(content: bytes, member: zipfile.ZipInfo, total: int, limits: Limits) -> int:
    unpacked, tail, first = 0, b"", True
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    for piece in _pieces(content, member):
        unpacked += len(piece)
        if total + unpacked > limits.unpacked_bytes or unpacked > _SLACK + limits.ratio * member.compress_size:
            raise Unreadable(_BOMB)
        if is_xml:
            if first and piece[:2] in {b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"}:
                raise Unreadable("holds XML in an encoding that spreadsheets do not use. Save it again as XLSX.")
            if b"<!DOCTYPE" in tail + piece or b"<!ENTITY" in tail + piece:
                raise Unreadable("declares XML entities, which no spreadsheet needs: it was not opened.")
            tail = piece[-9:]
        first = False
    return total + unpacked


def _pieces(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's bytes, unpacked a piece at a time straight from the packed stream."""
    header = content[member.header_offset : member.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size:
        raise Unreadable("is damaged: it ends too early. Save it again and upload that.")
    magic, name, extra = _LOCAL_HEADER.unpack(header)
    if magic != b"PK\x03\x04":
        raise Unreadable("is damaged: the spreadsheet cannot be unpacked. Save it again and upload that.")
    start = member.header_offset + _LOCAL_HEADER.size + name + extra
    packed = memoryview(content)[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[at : at + _PIECE]) for at in range(0, len(packed), _PIECE))
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise Unreadable("is packed in a way that spreadsheets do not use. Save it again as XLSX.")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), 16 * 1024):
            waiting = bytes(packed[at : at + 16 * 1024])
            while waiting:
                yield inflate.decompress(waiting, _PIECE)
                waiting = inflate.unconsumed_tail
    except zlib.error as error:
        raise Unreadable("is damaged: the spreadsheet cannot be unpacked. Save it again and upload that.") from error
