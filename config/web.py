"""What the web server logs by itself: a request line that it cannot read may hold a personal link too."""

from typing import Any

from gunicorn.glogging import Logger

from config.logs import RedactLinks


class RedactingLogger(Logger):  # type: ignore[misc]  # gunicorn is untyped
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.addFilter(RedactLinks())
