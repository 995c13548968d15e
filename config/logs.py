"""Personal links never reach a log: their path is cut before a record is written."""

import logging
import re

_LINK = re.compile(r"/l/[A-Za-z0-9_-]{16,}")


def redact(text: str) -> str:
    return _LINK.sub("/l/[link]", text)


class RedactLinks(logging.Filter):
    """Formats the record once, cuts links out of message and traceback, and keeps the result."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True
