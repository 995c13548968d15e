"""Pages as tests read them."""

import re
from typing import Any

# Drawn by lot for each page, so that any short word may stand in them by chance.
_TOKENS = re.compile(
    r'(name="csrfmiddlewaretoken" value="|x-csrftoken(?:"|&quot;): (?:"|&quot;)|nonce=")[A-Za-z0-9+/_=-]+'
)


def html(response: Any) -> str:
    """The page without line ends and without tokens."""
    return _TOKENS.sub(r"\1", re.sub(r"\s+", " ", response.content.decode()))
