"""The organisation's own logo and colour on the paper of a report."""

import base64

from organisations.models import Organisation
from organisations.queries import logo_of
from organisations.rules.colours import WHITE, readable

_COLOUR = """
.cover {{ border-left-color: {accent} }} .cover__kind {{ color: {accent} }}
"""


def looks_css(organisation: Organisation) -> str:
    """Only what decorates: the colours of outcomes mean the same in every report."""
    return _COLOUR.format(accent=readable(organisation.accent, WHITE)) if organisation.accent else ""


def logo_data(organisation: Organisation) -> str:
    """The logo as a data: address, the only kind that the engine opens; empty where there is none."""
    found = logo_of(organisation)
    return "data:image/png;base64," + base64.b64encode(bytes(found.png)).decode() if found else ""
