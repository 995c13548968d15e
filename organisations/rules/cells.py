"""Text in cells that a spreadsheet program must not take for a formula."""

# Full-width signs too: some programs read them as the plain ones.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def escaped(text: str) -> str:
    """The text as any export writes it: an apostrophe before what could start a formula (OWASP, CSV injection), and
    before a text that has one there already, so that `unescaped` gives back what was."""
    return f"'{text}" if text.lstrip("'").startswith(_STARTS) else text


def unescaped(text: str) -> str:
    """What `escaped` took, so that our own export read back says the same."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_STARTS) else text
