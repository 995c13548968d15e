"""The library's forms for passkeys, which answer what is no passkey's answer with an error page: here it is refused."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
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
