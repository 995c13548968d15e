"""What a phone does: codes of an authenticator app."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from organisations.models import User

AUTHENTICATE = "/accounts/2fa/authenticate/"


def app_of(user: User) -> str:
    """Sets an app up; returns its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or some half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def recovery_codes(user: User) -> list[str]:
    return list(RecoveryCodes.activate(user).get_unused_codes())


def kept(user: User) -> str:
    """All that the database holds of somebody's second factors."""
    return "".join(map(str, Authenticator.objects.filter(user=user).values_list("data", flat=True)))
