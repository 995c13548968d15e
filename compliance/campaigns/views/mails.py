"""Mails as they will be, and as they were."""

from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from compliance.campaigns import queries
from compliance.campaigns.forms import ApprovalForm
from compliance.campaigns.gateways import read_outbox
from compliance.campaigns.letters.composing import ShownMail, Words
from compliance.campaigns.letters.slots import SLOTS, VARIABLES, BadText
from compliance.campaigns.letters.words import mail_language, spoken
from compliance.campaigns.models import Campaign, Message
from compliance.campaigns.rules import MAX_REMINDERS, MessageKind
from compliance.campaigns.services import CampaignRefused
from compliance.campaigns.services.previewing import preview_words, send_test, shown_to_hr
from compliance.campaigns.services.returns import let_go
from compliance.campaigns.services.texts import keep_text
from compliance.campaigns.views.shared import campaign_or_404, number
from employees.names import country_name
from organisations.access import WorkplaceRequest, workplace
from organisations.rules import Act, Role, may
from organisations.services import Event, append_evidence, set_approval_size
from organisations.told import in_use

MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


# --- As they were ---------------------------------------------------------------------------------------------------


@require_GET
@workplace(Act.READ_OUTBOX, shows="outbox")
def outbox(request: WorkplaceRequest) -> HttpResponse:
    found, state = queries.messages(request.organisation), request.GET.get("state", "")
    if state:
        found = found.filter(state=state)
    if campaign := request.GET.get("campaign", ""):
        found = found.filter(campaign=number(campaign))
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "local": queries.mails_stay_here(request.organisation),
        "links_work": may(request.role, Act.EXPORT_LINKS) and not request.organisation.works_council_mode,
        "section": "outbox",
        "state": state,
        "states": queries.MAIL_STATES,
    }
    return render(request, "campaigns/outbox.html", context)


@require_GET
@workplace(Act.READ_OUTBOX)
def mail(request: WorkplaceRequest, public_id: UUID) -> HttpResponse:
    message = _message(request, public_id)
    shown, headers = _as_sent(message, request.role)
    _note_reading(request, message)
    context = {"message": message, "mail": shown, "headers": headers, "section": "outbox",
               "returns": message.bounces.order_by("created_at")}  # fmt: skip
    return render(request, "campaigns/mail.html", context)


@require_GET
@xframe_options_sameorigin
@csp(MAIL_POLICY)
@workplace(Act.READ_OUTBOX, shows="mail")
def mail_html(request: WorkplaceRequest, public_id: UUID) -> HttpResponse:
    """The HTML part alone, in a sandbox: its own styles, no script, no request to anywhere."""
    message = _message(request, public_id)
    shown, _ = _as_sent(message, request.role)
    if shown is None:
        raise Http404
    return HttpResponse(shown.html)


def _message(request: WorkplaceRequest, public_id: UUID) -> Message:
    message = queries.message(request.organisation, public_id)
    if message is None:
        raise Http404
    return message


def _as_sent(message: Message, role: Role) -> tuple[ShownMail | None, list[tuple[str, str]]]:
    """The mail and its headers, made again of the letter that was kept, without the personal link: who has that can
    answer with it. Where mails stay in the local outbox, those who may export links see it as it lies there, except
    in works-council mode."""
    organisation = message.organisation
    links_work = may(role, Act.EXPORT_LINKS) and not organisation.works_council_mode
    as_it_is = queries.mails_stay_here(organisation) and links_work
    if as_it_is and (read := read_outbox(str(message.public_id))):
        return ShownMail(message.subject, read.text, read.html), read.headers
    if message.letter is None:
        return None, []
    letter = message.letter
    words = Words(letter.language, letter.subject, letter.text, letter.html)
    headers = [("To", message.sent_to), ("Subject", letter.subject), ("Message-ID", message.message_id)]
    return shown_to_hr(words, message.sent_name), headers


def _note_reading(request: WorkplaceRequest, message: Message) -> None:
    """Who reads somebody's mail stands in the log."""
    event = Event("message.read", {"message": str(message.public_id), "user": request.user.pk})
    append_evidence(organisation=request.organisation, events=[event], now=timezone.now())


# --- As they will be ------------------------------------------------------------------------------------------------


@require_GET
@workplace(Act.RUN_CAMPAIGN, shows="preview of a mail")
def preview(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """The mail for any region, language or person, and for each reminder."""
    campaign = campaign_or_404(request, pk)
    choice = _choice(request, campaign)
    words = _words(campaign, choice)
    places = [(row.country, row.name) for row in queries.audience_of(campaign, timezone.localdate())]
    context = {
        "campaign": campaign,
        "choice": choice,
        "choice_query": "?" + urlencode({name: choice[name] for name in ("country", "language", "step", "person")}),
        "mail": shown_to_hr(words, choice["name"]) if words else None,
        "places": places or [(choice["country"], country_name(choice["country"], in_use()))],
        "languages": settings.LANGUAGES,
        "steps": [
            (0, _("First mail")),
            *((number, _("Reminder %(number)s") % {"number": number}) for number in range(1, campaign.reminders + 1)),
        ],
        "section": "campaigns",
    }
    return render(request, "campaigns/preview.html", context)


@require_GET
@xframe_options_sameorigin
@csp(MAIL_POLICY)
@workplace(Act.RUN_CAMPAIGN, shows="preview of a mail")
def preview_html(request: WorkplaceRequest, pk: int) -> HttpResponse:
    campaign = campaign_or_404(request, pk)
    choice = _choice(request, campaign)
    words = _words(campaign, choice)
    if words is None:
        raise Http404
    return HttpResponse(shown_to_hr(words, choice["name"]).html)


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def test(request: WorkplaceRequest, pk: int) -> HttpResponse:
    """One mail of the chosen kind to oneself."""
    campaign = campaign_or_404(request, pk)
    choice = _choice(request, campaign)
    words = _words(campaign, choice)
    to = request.user.email
    try:
        if words is None:
            raise CampaignRefused(_("Nobody there gets a mail."))
        send_test(campaign=campaign, words=words, to=to, name=choice["name"], now=timezone.now())
    except CampaignRefused as error:
        messages.error(request, str(error))
    else:
        local, gone = _("A test mail to %(to)s lies in the local outbox."), _("A test mail to %(to)s is on its way.")
        said = local if queries.mails_stay_here(request.organisation) else gone
        messages.success(request, said % {"to": to})
    url = redirect("campaign-preview", request.organisation.slug, pk)
    url["Location"] += "?" + urlencode({name: choice[name] for name in ("country", "language", "step", "person")})
    return url


def _choice(request: WorkplaceRequest, campaign: Campaign) -> dict[str, str]:
    """What to look at: a person of the roster, or a region and a language; the biggest region when nothing is said."""
    given = request.GET if request.method == "GET" else request.POST
    person = None
    if text := given.get("person", "").strip():
        person = queries.find_person(campaign, text)
    rows = queries.audience_of(campaign, timezone.localdate())
    country = person.country if person else given.get("country", "") or (rows[0].country if rows else "GB")
    language = mail_language(person.language, country) if person else spoken(given.get("language", ""))
    step = given.get("step", "0")
    return {
        "person": text,
        "missing": text if text and not person else "",
        "name": person.name if person else "Alex Example",
        "country": country[:2].upper(),
        "subdivision": person.subdivision if person else "",
        "language": language or mail_language("", country),
        "step": str(number(step)) if number(step) <= MAX_REMINDERS else "0",
    }


def _words(campaign: Campaign, choice: dict[str, str]) -> Words | None:
    step = int(choice["step"])
    return preview_words(
        campaign=campaign,
        country=choice["country"],
        subdivision=choice["subdivision"],
        language=choice["language"],
        kind=MessageKind.REMINDER if step else MessageKind.INSTRUCTION,
        step=step,
        now=timezone.now(),
    )


# --- The organisation's own words, and whom not to write to ---------------------------------------------------------


@require_http_methods(["GET", "POST"])
@workplace(Act.RUN_CAMPAIGN)
def texts(request: WorkplaceRequest) -> HttpResponse:
    """Own words for the subject, the opening and the closing, in each language."""
    language = spoken(request.POST.get("language", "") or request.GET.get("language", "")) or "en"
    errors: dict[str, str] = {}
    given = {slot.key: request.POST.get(slot.key, "") for slot in SLOTS}
    if request.method == "POST":
        for slot in SLOTS:
            try:
                keep_text(
                    organisation=request.organisation, language=language, slot=slot.key, text=given[slot.key],
                    now=timezone.now(),
                )  # fmt: skip
            except BadText as error:
                errors[slot.key] = str(error)
        if not errors:
            messages.success(request, _("Kept. Mails that go out from now on say this."))
            return redirect(f"{request.path}?language={language}")
    own = queries.own_texts(request.organisation)
    rows = [
        (slot, given[slot.key] if errors else own.get((language, slot.key), ""), errors.get(slot.key, ""))
        for slot in SLOTS
    ]
    context = {
        "rows": rows,
        "language": language,
        "languages": settings.LANGUAGES,
        "changed": {code for code, _ in own},
        "variables": VARIABLES,
        "approval": ApprovalForm(initial={"above": request.organisation.approval_above}),
        "section": "campaigns",
    }
    return render(request, "campaigns/texts.html", context, status=422 if errors else 200)


@require_POST
@workplace(Act.SET_APPROVAL)
def approval(request: WorkplaceRequest) -> HttpResponse:
    form = ApprovalForm(request.POST)
    if form.is_valid():
        above = form.cleaned_data["above"]
        set_approval_size(organisation=request.organisation, people=above, user=request.user, now=timezone.now())
        messages.success(
            request,
            _("Campaigns to more than %(above)s people need a second person’s approval.")
            % {"above": number_format(above)},
        )
    else:
        messages.error(request, _("Give a whole number of people, from 0 to 1,000,000."))
    return redirect("mail-texts", request.organisation.slug)


@require_GET
@workplace(Act.READ_OUTBOX, shows="addresses that get no mail")
def suppressions(request: WorkplaceRequest) -> HttpResponse:
    page = Paginator(queries.suppressions(request.organisation), 50).get_page(request.GET.get("page"))
    return render(request, "campaigns/suppressions.html", {"page": page, "section": "outbox"})


@require_POST
@workplace(Act.RUN_CAMPAIGN)
def release(request: WorkplaceRequest, pk: int) -> HttpResponse:
    row = queries.suppressions(request.organisation).filter(pk=pk).select_related("organisation").first()
    if row is None:
        raise Http404
    let_go(suppression=row, now=timezone.now())
    messages.success(
        request,
        _("%(email)s may get mail again. “Send again” on the campaign’s page sends what failed.")
        % {"email": row.email},
    )
    return redirect("suppressions", request.organisation.slug)
