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
class Job:
    """`html` is the whole document; `css` comes after the house's style sheet. `date` is ISO 8601, of the data.

    `pages_css` is the style of the page number with `{pages}` for their total.
    """

    html: str
    out: str
    date: str
    css: str = ""
    pages_css: str = ""
    language: str = "en"
    attachments: list[Attachment] = field(default_factory=list)
    memory: int = 1024**3
    seconds: int = 240
