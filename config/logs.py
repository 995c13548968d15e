"""Personal links never reach a log: whatever looks like one is cut before a record is written."""

import logging
import re

# All of an address behind /l/ or /u/, however a mail programme mangled it; and anything of a token's length anywhere.
_ADDRESS = re.compile(r"(?i)/([lu])/[^\s\"'<>]*")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def redact(text: str) -> str:
    return _TOKEN.sub("[link]", _ADDRESS.sub(r"/\1/[link]", text))


class RedactLinks(logging.Filter):
    """Formats the record once, cuts links out of message and traceback, and keeps the result."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
