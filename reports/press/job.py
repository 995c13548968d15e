"""What the child process is told, and what it tells: JSON on its standard input and output."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF. `relationship` is one of ISO 32000's: Data, Source, Supplement."""

    name: str
    description: str
    content: str
    relationship: str = "Data"


@dataclass(frozen=True)
class Column:
    """Of an annex. `share`: how much of the width it gets beside the others."""

    title: str
    share: float
    right: bool = False


@dataclass(frozen=True)
class Annex:
    """A table too long for the engine of the narrative. `rows`: a file of JSON lines, each a list of texts.

    `footer`: left, middle, and the page's number with `{page}` and `{pages}`. `marks`: (row, from 0, and words) of
    bookmarks below the annex's own.
    """

    title: str
    note: str
    continued: str
    columns: list[Column]
    rows: str
    footer: tuple[str, str, str]
    marks: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """`html` is the whole document; `css` comes after the house's style sheet. `date` is ISO 8601, of the data.

    `pages_css` is the style of the page number with `{pages}` for their total. `signature_field` describes the field
    that waits for a signature, to readers that speak; empty: none.
    """

    html: str
    out: str
    date: str
    css: str = ""
    pages_css: str = ""
    language: str = "en"
    paper: str = "A4"
    attachments: list[Attachment] = field(default_factory=list)
    annexes: list[Annex] = field(default_factory=list)
    signature_field: str = ""
    memory: int = 1024**3
    seconds: int = 240
