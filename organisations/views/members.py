"""Who works here: invite, change, stop, remove."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organisations import queries
from organisations.access import WorkplaceRequest, workplace
from organisations.forms import ROLE_NAMES, InviteForm
from organisations.models import Membership
from organisations.rules import Act, Role, may, may_manage
from organisations.services import (
    MemberRefused,
    change_role,
    disable_member,
    enable_member,
    grant_names,
    invite_colleague,
    mail_invitation,
    remove_member,
    reset_second_factor,
    revoke_invitation,
)

Page = Callable[..., HttpResponseBase]


def _roles(actor: Role) -> list[Role]:
    return [role for role in Role if may_manage(actor, role)]


@require_GET
@workplace(Act.SEE_MEMBERS)
def members(request: WorkplaceRequest) -> HttpResponse:
    return _page(request, InviteForm(roles=_roles(request.role)))


def _page(request: WorkplaceRequest, form: InviteForm) -> HttpResponse:
    actor = request.role
    rows = [
        {"member": item, "role": Role(item.role), "yours": item.user_id == request.user.pk, "may": _may(actor, item)}
        for item in queries.members(request.organisation)
    ]
    context = {
        "rows": rows,
        "invited": queries.colleague_invitations(request.organisation),
        "roles": [(role.value, str(ROLE_NAMES[role]).partition(":")[0]) for role in _roles(actor)],
        "may_change": may(actor, Act.CHANGE_MEMBERS),
        "form": form,
        "now": timezone.now(),
        "section": "members",
    }
    return render(request, "organisations/members.html", context, status=422 if form.is_bound else 200)


def _may(actor: Role, member: Membership) -> dict[str, bool]:
    changes = may(actor, Act.CHANGE_MEMBERS) and may_manage(actor, Role(member.role))
    owner = actor == Role.OWNER
    return {"change": changes, "grant": owner and member.role == Role.AUDITOR, "reset": owner}


@require_POST
@workplace(Act.CHANGE_MEMBERS)
def invite(request: WorkplaceRequest) -> HttpResponse:
    form = InviteForm(request.POST, roles=_roles(request.role))
    if not form.is_valid():
        return _page(request, form)
    try:
        _invite(request, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
    except MemberRefused as error:
        form.add_error("email", str(error))
        return _page(request, form)
    return redirect("members", request.organisation.slug)


def _invite(request: WorkplaceRequest, email: str, role: Role) -> None:
    now = timezone.now()
    made, token = invite_colleague(
        organisation=request.organisation, email=email, role=role, actor=request.role, by=request.user, now=now
    )
    if mail_invitation(invitation=made, token=token, now=now):
        messages.success(
            request,
            _("The link is on its way to %(address)s. It works for seven days, once.") % {"address": made.email},
        )
    else:
        messages.error(request, _("The invitation is kept, but the mail could not be sent. Try “Send again”."))


@require_POST
@workplace(Act.CHANGE_MEMBERS)
def invite_again(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """A new link; the old one stops working."""
    found = queries.colleague_invitations(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        _invite(request, found.email, Role(found.role))
    except MemberRefused as error:
        messages.error(request, str(error))
    return redirect("members", request.organisation.slug)


@require_POST
@workplace(Act.CHANGE_MEMBERS)
def revoke(request: WorkplaceRequest, pk: int) -> HttpResponse:
    found = queries.colleague_invitations(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        revoke_invitation(invitation=found, actor=request.role, by=request.user, now=timezone.now())
    except MemberRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The link does not work any more."))
    return redirect("members", request.organisation.slug)


def _act(work: Callable[[WorkplaceRequest, Membership, datetime], str]) -> Page:
    """A button beside a member: does its work, says what it did, and goes back to the list."""

    @require_POST
    @workplace(Act.CHANGE_MEMBERS)
    def view(request: WorkplaceRequest, pk: int) -> HttpResponse:
        found = queries.members(request.organisation).filter(pk=pk).first()
        if found is None:
            raise Http404
        try:
            said = work(request, found, timezone.now())
        except MemberRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        return redirect("members", request.organisation.slug)

    return view


def _role(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    wanted = request.POST.get("role", "")
    if wanted not in list(Role):
        raise Http404
    change_role(membership=member, role=Role(wanted), actor=request.role, by=request.user, now=now)
    return _("%(who)s is %(role)s now, and signs in again.") % {"who": member.user, "role": wanted}


def _disable(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    disable_member(membership=member, actor=request.role, by=request.user, now=now)
    return _("%(who)s is kept out from now on, and was signed out everywhere.") % {"who": member.user}


def _enable(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    enable_member(membership=member, actor=request.role, by=request.user, now=now)
    return _("%(who)s can come in again.") % {"who": member.user}


def _remove(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    remove_member(membership=member, actor=request.role, by=request.user, now=now)
    return _("%(who)s does not belong here any more.") % {"who": member.user}


def _reset(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    reset_second_factor(membership=member, actor=request.role, by=request.user, now=now)
    return _("%(who)s sets up a new second factor at the next sign-in.") % {"who": member.user}


def _names(request: WorkplaceRequest, member: Membership, now: datetime) -> str:
    wanted = request.POST.get("sees_names") == "yes"
    grant_names(membership=member, sees_names=wanted, actor=request.role, by=request.user, now=now)
    return (
        _("%(who)s sees names now.") % {"who": member.user}
        if wanted
        else _("%(who)s sees sums only.") % {"who": member.user}
    )


role, disable, enable, remove = _act(_role), _act(_disable), _act(_enable), _act(_remove)
reset, names = _act(_reset), _act(_names)
