"""Text that can be copied out as it was written, and characters for which no font has a glyph."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from weasyprint.draw import text as weasyprint_text
from weasyprint.logger import LOGGER

# Scripts whose glyphs do not stand in the order of their characters: the Indic ones, Thai to Myanmar, Khmer. Those from
# right to left keep it, and readers turn them around by themselves.
_REORDERED = re.compile("[\u0900-\u109f\u1780-\u17ff]")
_CODE = re.compile(r"U\+([0-9A-F]+)")


def keep_words() -> None:
    """Writes the words beside the glyphs (ActualText) where the glyphs alone would not give them back."""
    draw = weasyprint_text.draw_first_line

    def with_words(stream: Any, textbox: Any, *rest: Any) -> Any:
        words = textbox.pango_layout.text
        if not _REORDERED.search(words):
            return draw(stream, textbox, *rest)
        spelt = ("\ufeff" + words).encode("utf-16-be").hex()
        stream.stream.append(f"/Span <</ActualText <{spelt}>>> BDC")
        emojis = draw(stream, textbox, *rest)
        stream.stream.append("EMC")
        return emojis

    weasyprint_text.draw_first_line = with_words


class Missing(logging.Handler):
    """Collects the characters that were drawn as an empty box."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[str] = set()
        LOGGER.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.found.update(_codes(record.getMessage()))


def _codes(message: str) -> Iterator[str]:
    if ".notdef" in message and (found := _CODE.search(message)):
        yield found[1]
