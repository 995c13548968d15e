"""What django-allauth asks the house."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from anymail.exceptions import AnymailError
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from organisations.models import User
from organisations.sealing import open_sealed, seal
from organisations.sessions import caller, signed_in_recently, ways_in

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: accounts are made by an invitation, at the first run, or on the server."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return caller(request) or "0.0.0.0"  # noqa: S104 - a web server behind a socket names no address

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just signed in is not asked again at once; who has nothing to be asked for signs in anew."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        if not required or signed_in_recently(self.request):
            return False
        if not self.get_reauthentication_methods(self.request.user):
            logout(self.request)
            messages.info(self.request, _("Sign in again to do this: it was a while ago."))
            raise ImmediateHttpResponse(redirect("account_login"))
        return True

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Addresses that belong to the provider come in by it alone, where the house says so."""
        known = settings.SINGLE_SIGN_ON
        if known.only and known.covers(user.email) and "socialaccount" not in ways_in(request, user):
            messages.error(
                request, _("Use your organisation's account: this address does not sign in with a password.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away stops nobody from changing a password."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, AnymailError, OSError) as error:
            logger.warning("A mail about an account could not be sent: %s", type(error).__name__)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_sealed(encrypted_text)

    def _get_site_name(self) -> str:
        return "Offswitch"
