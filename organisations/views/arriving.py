"""How people come in who have no account yet: the first owner by a code, colleagues by a mailed link."""

from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from organisations.forms import FirstOrganisationForm, FirstOwnerForm, NewPasswordForm
from organisations.models import ColleagueInvitation, User
from organisations.queries import (
    colleague_invitation_by_token,
    no_organisation_yet,
    nobody_yet,
    user_by_address,
)
from organisations.rules import Role
from organisations.services import MemberRefused, accept_invitation, make_first_organisation, make_first_owner
from organisations.views.signing_in import START

TRIES, TRY_SECONDS = 10, 60  # of setup codes, by all callers together
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _come_in(request: HttpRequest, user: User) -> None:
    login(request, user, backend=_BACKEND)
    record_authentication(request, user, "password")
    UserSession.objects.create_from_request(request)  # so that it is listed, and can be ended, like any other


def _too_many_tries() -> bool:
    cache.add("setup-code-tries", 0, TRY_SECONDS)
    try:
        return int(cache.incr("setup-code-tries")) > TRIES
    except ValueError:  # it ran out in between
        return False


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def first_owner(request: HttpRequest) -> HttpResponse:
    """Makes the first account, for whoever has the code that the server printed. Gone once there is anybody."""
    if not nobody_yet():
        raise Http404
    form = FirstOwnerForm(request.POST or None)
    if request.method == "POST" and _too_many_tries():
        form.add_error(None, _("Too many tries. Wait a minute."))
    elif form.is_valid():
        given = form.cleaned_data
        try:
            user = make_first_owner(code=given["code"], email=given["email"], password=given["password"])
        except MemberRefused as error:
            form.add_error("code", str(error))
        else:
            _come_in(request, user)
            return redirect("first-organisation")
    return render(request, "organisations/first_owner.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def first_organisation(request: HttpRequest) -> HttpResponse:
    """Names the installation's first organisation. Can be left: sign-in leads here until it is done."""
    assert isinstance(request.user, User)
    if not no_organisation_yet():
        return redirect("home")
    form = FirstOrganisationForm(request.POST or None, initial={"contact_email": request.user.email})
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = make_first_organisation(
                user=request.user,
                slug=given["slug"],
                name=given["name"],
                contact_email=given["contact_email"],
                now=timezone.now(),
            )
        except MemberRefused as error:
            form.add_error(None, str(error))
        else:
            return redirect("dashboard", made.slug)
    return render(request, "organisations/first_organisation.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A colleague's link. Looking at it changes nothing; the button uses it up."""
    invitation = colleague_invitation_by_token(token, timezone.now())
    if invitation is None:
        return render(request, "organisations/join_gone.html", status=404)
    if user := user_by_address(invitation.email):
        return _join_as(request, invitation, user)
    if settings.SINGLE_SIGN_ON.only and settings.SINGLE_SIGN_ON.covers(invitation.email):
        return _join_by_provider(request, invitation)
    form = NewPasswordForm(request.POST or None, address=invitation.email)
    if form.is_valid() and _accepted(request, invitation, form.cleaned_data["password"], form):
        return _begin(invitation)
    context = {"form": form, "invitation": invitation}
    return render(request, "organisations/join.html", context, status=422 if form.errors else 200)


def _join_as(request: HttpRequest, invitation: ColleagueInvitation, user: User) -> HttpResponse:
    """Somebody with an account: they sign in with it first, so that a mail alone gives nobody their account."""
    if request.user.is_anonymous:
        return redirect_to_login(request.path)
    mine = request.user == user
    if mine and request.method == "POST":
        return _used(request, invitation, _begin(invitation))
    context = {"invitation": invitation, "mine": mine}
    return render(request, "organisations/join.html", context, status=200 if mine else 403)


def _join_by_provider(request: HttpRequest, invitation: ColleagueInvitation) -> HttpResponse:
    """Their address comes in by the organisation's provider alone: the account gets no password."""
    if request.method == "POST":
        return _used(request, invitation, redirect("account_login"))
    return render(request, "organisations/join.html", {"invitation": invitation, "mine": True})


def _begin(invitation: ColleagueInvitation) -> HttpResponse:
    return redirect(START.get(Role(invitation.role), "dashboard"), invitation.organisation.slug)


def _used(request: HttpRequest, invitation: ColleagueInvitation, then: HttpResponse) -> HttpResponse:
    try:
        accept_invitation(invitation=invitation, password=None, now=timezone.now())
    except MemberRefused:  # used by a second click, or taken back meanwhile
        return render(request, "organisations/join_gone.html", status=404)
    return then


def _accepted(request: HttpRequest, invitation: ColleagueInvitation, password: str, form: NewPasswordForm) -> bool:
    try:
        user = accept_invitation(invitation=invitation, password=password, now=timezone.now())
    except MemberRefused as error:
        form.add_error(None, str(error))
        return False
    _come_in(request, user)
    return True
