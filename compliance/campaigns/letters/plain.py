"""What a mail or a page says as plain text, made of its HTML: one source, the same content."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from textwrap import fill

_WIDTH = 76
# What the HTML sets in bold, the platform's own words, stands between quotation marks in the text.
_QUOTES = {
    "en": "“”", "cs": "„“", "da": "”“", "de": "„“", "el": "«»", "es": "«»", "fi": "””", "fr": ("«\N{NO-BREAK SPACE}",
    "\N{NO-BREAK SPACE}»"), "hu": "„”", "it": "«»", "ja": "「」", "nl": "‘’", "pl": "„”", "pt": "“”", "ro": "„”",
    "sv": "””", "zh-hant": "「」",
}  # fmt: skip
_BLOCKS = {"p", "h1", "h2", "h3", "li", "div", "ol", "ul", "dt", "dd", "legend", "label", "summary"}
_SILENT = {"style", "title", "select", "svg"}  # what is drawn, or too long to read


@dataclass
class _Block:
    kind: str
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Knows the tags that our templates use, and no more."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self.lists: list[int] = []  # the number of the last item; -1 for bullets
        self.silent = 0
        self.href = ""
        self.quotes = _QUOTES["en"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.quotes = _QUOTES.get(dict(attrs).get("lang") or "", _QUOTES["en"])
        elif tag == "strong" and self.blocks:
            self.blocks[-1].words.append(self.quotes[0])
        elif tag in _SILENT:
            self.silent += 1
        elif tag in {"ol", "ul"}:
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "a":
            self.href = dict(attrs).get("href") or ""
            if "button" in (dict(attrs).get("class") or ""):
                self.blocks.append(_Block("button"))
        if tag in _BLOCKS - {"ol", "ul", "div"}:
            self.blocks.append(_Block(self._item() if tag == "li" else tag))

    def _item(self) -> str:
        if self.lists[-1] < 0:
            return "-"
        self.lists[-1] += 1
        return f"{self.lists[-1]}."

    def handle_endtag(self, tag: str) -> None:
        if tag == "strong" and self.blocks:
            self.blocks[-1].words.append(self.quotes[1])
        elif tag in _SILENT:
            self.silent -= 1
        elif tag in {"ol", "ul"}:
            self.lists.pop()
        elif tag == "a":
            said = "".join(self.blocks[-1].words).strip()
            if self.href and not said.endswith(self.href):
                self.blocks[-1].words.append(f"\n{self.href}")
            self.href = ""

    def handle_data(self, data: str) -> None:
        if not self.silent and self.blocks:
            # Spaces that do not break, as French sets them, are not the template's: they stay.
            self.blocks[-1].words.append(re.sub(r"[ \t\r\n]+", " ", data))


def _line(block: _Block) -> str:
    """A block as lines; what stands after a line break, an address, is never folded."""
    said, _, address = "".join(block.words).partition("\n")
    said = re.sub(r"[ \t\r\n]+", " ", said).strip(" ")
    first = f"{block.kind} " if block.kind[0] in "-0123456789" else ""
    rest = " " * len(first)
    text = fill(said, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False,
                break_on_hyphens=False)  # fmt: skip
    if block.kind.startswith("h"):
        text += "\n" + ("=" if block.kind == "h1" else "-") * min(len(said), _WIDTH)
    return f"{text}\n{rest}{address.strip()}" if address else text


def text_of(html: str) -> str:
    """What the HTML says, as plain text of 76 columns."""
    reader = _Reader()
    reader.feed(html)
    lines: list[str] = []
    before = ""
    for block in reader.blocks:
        if not "".join(block.words).strip():
            continue
        item = block.kind[0] in "-0123456789"
        if lines and not (item and before and (before[0] in "-0123456789")):
            lines.append("")
        lines.append(_line(block))
        before = block.kind
    return "\n".join(lines) + "\n"
