"""The Django admin behind the house's own door."""

from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from organisations.access import ask_for_second_factor, may_administer
from organisations.models import User

# Seeds, sessions and providers are not for looking at, nor for changing behind the log's back.
HIDDEN = (Authenticator, EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession)


def close(site: admin.AdminSite) -> None:
    """Sign-in by the house's own page, with a second factor always."""
    inner = secure_admin_login(site.login)

    @wraps(inner)
    def login(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and user.is_active and user.is_staff and not may_administer(request):
            return ask_for_second_factor(request)
        response: HttpResponseBase = inner(request, *args, **kwargs)
        return response

    site.login = login  # type: ignore[method-assign, assignment]
    site.has_permission = may_administer  # type: ignore[method-assign]
    site.site_header = site.site_title = "Offswitch: administration"
    site.site_url = "/"
    site.unregister([model for model in HIDDEN if site.is_registered(model)])
