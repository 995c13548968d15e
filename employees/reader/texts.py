"""CSV in all its spellings: encoding, delimiter, lines."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from employees.reader.limits import Limits, Unreadable
from employees.rules.columns import is_known_header
from employees.rules.encodings import likely_encoding

_DELIMITERS = ",;\t|"
_SAMPLE = 256 * 1024
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LINE_ENDS = re.compile(r"\r\n?")


@dataclass
class TextTable:
    """The rows as they stand, junk and header included, numbered from 1."""

    encoding: str
    delimiter: str
    about_rows: int
    rows: Iterator[list[str]]


def open_text(content: bytes, options: dict[str, str], limits: Limits) -> TextTable:
    encoding = options.get("encoding") or detect_encoding(content)
    lines = _look_through(content, encoding)
    head = content[:_SAMPLE].decode(encoding, errors="ignore").removeprefix("\ufeff")
    named, sep_line = _excels_note(head)
    delimiter = options.get("delimiter") or named or detect_delimiter(head)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise Unreadable("cannot be split at that. Choose a comma, a semicolon, a tab or a bar.")
    # A line break inside a cell stays as it is; a lone CR as line end is what old Macs write.
    newline = None if "\r" in head and not lines else ""
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=newline)
    return TextTable(_shown(encoding), delimiter, lines, _rows(text, delimiter, sep_line, limits))


def _look_through(content: bytes, encoding: str) -> int:
    """How many line feeds the text has, decoded piece by piece. Raises Unreadable when it is no text in `encoding`."""
    lines = 0
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        for at in range(0, len(content), _SAMPLE):
            piece = decoder.decode(content[at : at + _SAMPLE], final=at + _SAMPLE >= len(content))
            if "\0" in piece:
                raise Unreadable("is not text. Export it as CSV (UTF-8) or as XLSX.")
            lines += piece.count("\n")
    except (UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"is not text in {encoding}. Choose another encoding, or export it as CSV (UTF-8).") from error
    return lines


def _shown(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def detect_encoding(content: bytes) -> str:
    """By mark, by the zeros of UTF-16, as UTF-8 if it is that, else by what makes sense in its cells."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return encoding
    head = content[:4096]
    if len(head) > 3 and head.count(0) > len(head) // 5:
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    if _is_utf8(content):
        return "utf-8"
    _refuse_torn_utf8(content)
    # Whole lines, and only those that say something: a cut letter would count against its encoding.
    lines = (line for line in io.BytesIO(content) if not line.isascii())
    sample = b"".join(islice(lines, 4000))[:_SAMPLE]
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    found = likely_encoding(sample, _cells, is_known_header)
    if not found or b"\0" in head:
        raise Unreadable("is not text in an encoding that we know. Export it as CSV (UTF-8) or as XLSX.")
    return found


def _refuse_torn_utf8(content: bytes) -> None:
    """A text that is UTF-8 but for a few bytes would be garbled from end to end if it were read as anything else."""
    sample = content[:_SAMPLE]
    text = sample.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(char > "\x7f" for char in text) - bad
    if good > 4 * bad:
        line = text[: text.index("\ufffd")].count("\n") + 1 if bad else content[: len(sample)].count(b"\n") + 1
        raise Unreadable(
            f"is UTF-8, but the encoding is broken in line {line}. Mend that line, or choose another encoding."
        )


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), _SAMPLE):
            decoder.decode(content[at : at + _SAMPLE], final=at + _SAMPLE >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def _cells(text: str) -> Sequence[str]:
    return [cell.strip().strip('"') for cell in re.split(r"[,;\t|\n]", text)]


def _excels_note(text: str) -> tuple[str, bool]:
    """Excel's own line on the delimiter, `sep=;`: it names the delimiter and is no row of the table."""
    match = re.match(r'"?sep=(.)"?[ \t]*(?:\r\n?|\n|$)', text, re.IGNORECASE)
    return (match[1], True) if match else ("", False)


def detect_delimiter(text: str) -> str:
    """The one that cuts most of the first rows into the same number of cells, and into more than one."""
    head = "\n".join(_LINE_ENDS.sub("\n", text[:_SAMPLE]).split("\n")[:60])
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        if delimiter not in head:
            continue
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row]
        except csv.Error:
            continue
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        score = (usual - 1) * widths.count(usual) / len(widths) if usual > 1 else 0.01
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: TextIO, delimiter: str, sep_line: bool, limits: Limits) -> Iterator[list[str]]:
    csv.field_size_limit(1024 * 1024)
    reader = csv.reader(text, delimiter=delimiter, strict=False)
    try:
        for number, row in enumerate(reader, start=1):
            if number > limits.rows + 1000:
                raise Unreadable(
                    f"has more than {limits.rows:,} rows. Split it, and import the parts as partial files."
                )
            if number > 1:
                yield row
            else:
                yield [] if sep_line else [cell.removeprefix("\ufeff") for cell in row]
    except csv.Error as error:
        raise Unreadable(f"is not a well-formed CSV file: {error}. Export it again as CSV or XLSX.") from error
