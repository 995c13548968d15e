"""Child process: HTML on standard input, PDF on standard output, `pages:N` on standard error."""

import resource
import sys
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

MEMORY_LIMIT = 1024**3
STYLES = Path(__file__).resolve().parent.parent / "static" / "css" / "report.css"


class NoFetching(URLFetcher):  # type: ignore[misc]  # weasyprint is untyped
    """Only data: addresses, which carry their bytes with them."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, fail_on_errors=True)

    def fetch(self, url: str, headers: Any = None) -> Any:
        if not url.startswith("data:"):
            raise ValueError("a report loads nothing")
        return super().fetch(url, headers)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    html = sys.stdin.buffer.read().decode()
    fetcher = NoFetching()
    style = CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=fetcher)
    document = HTML(string=html, url_fetcher=fetcher).render(stylesheets=[style])
    sys.stdout.buffer.write(document.write_pdf())
    sys.stderr.write(f"pages:{len(document.pages)}\n")


if __name__ == "__main__":
    main()
