"""Single sign-on: what django-allauth asks the house when a provider has said who somebody is."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from organisations.models import User
from organisations.queries import memberships_of
from organisations.rules.single_sign_on import Claim, Protocol, Refusal, granted, refusal
from organisations.services import follow_provider


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Only what the environment says: a row in the database lets nobody in."""
        found: list[SocialApp] = super().list_apps(request, provider=provider, client_id=client_id)
        return [app for app in found if app.pk is None]

    def is_email_verified(self, provider: Any, email: str) -> bool:
        """SAML knows no "verified": an address of ours from the organisation's own provider counts. Others must say."""
        known = settings.SINGLE_SIGN_ON
        return known.covers(email) and (provider.id == "saml" or known.trusts_addresses)

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Asked of verified addresses only; those of other domains link to nobody."""
        known = settings.SINGLE_SIGN_ON
        return bool(known.covers(email))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses, or gives the roles that the provider's groups stand for."""
        claim = _claim(sociallogin)
        _forget(sociallogin)
        user = sociallogin.user if sociallogin.is_existing else None
        belongs = user is not None and memberships_of(user).filter(by_provider=False).exists()
        connecting = sociallogin.state.get("process") not in {None, "login"}
        why = refusal(settings.SINGLE_SIGN_ON, claim, belongs=belongs)
        sociallogin.state["groups"] = sorted(claim.groups)
        if user and why in {None, Refusal.NO_GROUP}:
            self._follow(user, sociallogin)  # also when it takes away the last role, and with it the way in
        if connecting or why or (user and not user.is_active):
            context = {"why": str(why or "")}
            raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", context, status=403))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever came past `pre_social_login` has an address of ours and a group that stands for a role."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        parts = (data.get("name"), " ".join(filter(None, (data.get("first_name"), data.get("last_name")))))
        user.name = str(next(filter(None, parts), ""))[:200]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user: User = super().save_user(request, sociallogin, form)
        self._follow(user, sociallogin)
        return user

    def _follow(self, user: User, sociallogin: SocialLogin) -> None:
        grants = settings.SINGLE_SIGN_ON.grants
        roles = granted(grants, sociallogin.state.pop("groups"))
        follow_provider(user=user, roles=roles, managed={item.organisation for item in grants}, now=timezone.now())


def _claim(sociallogin: SocialLogin) -> Claim:
    protocol = Protocol.SAML if sociallogin.provider.id == "saml" else Protocol.OIDC
    name, said = settings.SINGLE_SIGN_ON.groups[protocol], sociallogin.account.extra_data
    parts = [said] if protocol == Protocol.SAML else [said.get("userinfo") or {}, said.get("id_token") or {}]
    groups: Any = next((part[name] for part in parts if part.get(name)), [])
    address = next(iter(sociallogin.email_addresses), None)
    return Claim(
        address=address.email.lower() if address else "",
        # Some providers send a word, and "false" is true.
        verified=address is not None and str(address.verified).lower() == "true",
        groups=frozenset(map(str, [groups] if isinstance(groups, str) else groups)),
    )


def _forget(sociallogin: SocialLogin) -> None:
    """What the provider told of somebody beyond that is not kept."""
    sociallogin.account.extra_data = {}
    if sociallogin.account.pk:
        sociallogin.account.save(update_fields=["extra_data"])
