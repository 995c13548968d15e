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
class Annex:
    """A long list after the pages. `rows` names a UTF-8 file with one row a line; `head` stands above each page.

    `page_of` is "Page {page} of {pages}" in the report's language; `left` and `middle` are the footer's other parts.
    """

    rows: str
    title: str
    head: str
    left: str
    middle: str
    page_of: str


@dataclass(frozen=True)
class Job:
    """`html` is the whole document; `css` comes after the house's style sheet. `date` is ISO 8601, of the data.

    `pages_css` is the style of the page number with `{pages}` for their total, which an annex adds to.
    """

    html: str
    out: str
    date: str
    css: str = ""
    pages_css: str = ""
    paper: str = "A4"
    language: str = "en"
    attachments: list[Attachment] = field(default_factory=list)
    annex: Annex | None = None
    memory: int = 1024**3
    seconds: int = 240
