"""Pages as tests read them."""

import re
from typing import Any


def html(response: Any) -> str:
    """The page without line ends."""
    return re.sub(r"\s+", " ", response.content.decode())
