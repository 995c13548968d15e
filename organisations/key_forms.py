"""The library's forms for second factors, made stricter. Those for passkeys answer what is no passkey's answer with an
error page: here it is refused. Those for codes would take a used code again, half a minute later: not here."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

_MALFORMED = (KeyError, IndexError, AttributeError, TypeError, ValueError, struct.error)


@contextmanager
def _malformed_is_refused() -> Iterator[None]:
    try:
        yield
    except _MALFORMED as error:
        raise get_adapter().validation_error("incorrect_code") from error


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")

    def clean(self) -> dict[str, Any]:
        with _malformed_is_refused():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class _Once:
    """A code of the app is taken for its period and those around it; the library remembers a used one for one only."""

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]  # the library's form, beside this
        used: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if used.type == Authenticator.Type.TOTP:
            lives = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
            digits = "".join(filter(str.isdigit, code))
            if not cache.add(f"code-used-{used.pk}-{digits}", "y", timeout=lives):
                raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateCodeForm(_Once, AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateCodeForm(_Once, ReauthenticateForm):  # type: ignore[misc]
    pass


class _Soundly:
    def clean_credential(self) -> Any:
        with _malformed_is_refused():
            return super().clean_credential()  # type: ignore[misc]  # the library's form, beside this


class AuthenticateKeyForm(_Soundly, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class LoginKeyForm(_Soundly, LoginWebAuthnForm):  # type: ignore[misc]
    pass


class ReauthenticateKeyForm(_Soundly, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass
