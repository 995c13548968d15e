"""One cell, one plain address."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)")


def check_email(cell: str) -> tuple[str, str]:
    """(address in lower case, "") or ("", reason): one plain address a cell, ASCII before the @, domain as A-label.

    The usual address is checked by one expression and its domain once per process; all others go through
    email-validator, which decides.
    """
    match = _PLAIN.fullmatch(cell)
    if match and len(match[1]) <= 64 and len(cell) <= 254 and _is_domain(match[2].lower()):
        return cell.lower(), ""
    return _checked(cell)


@lru_cache(maxsize=20_000)
def _is_domain(domain: str) -> bool:
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain == domain
    except EmailNotValidError:
        return False


def _checked(cell: str) -> tuple[str, str]:
    text = cell.strip()
    if not text:
        return "", "The e-mail address is empty."
    if any(char in text for char in '\r\n,;<>"') or text.count("@") > 1 or " " in text:
        return "", f"“{_shown(text)}” is not one plain address."
    try:
        parsed = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return "", f"“{_shown(text)}” is not an e-mail address: {error}"
    return f"{parsed.local_part}@{parsed.ascii_domain}".lower(), ""


def _shown(text: str) -> str:
    return " ".join(text.split())[:80]
