"""The organisation's own words for answers to requests for help."""

from datetime import datetime

from django.db import transaction

from compliance.attestations.help_words import our_templates
from compliance.attestations.models import HelpTemplate
from compliance.attestations.queries import help_templates
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence


@transaction.atomic
def keep_template(*, organisation: Organisation, name: str, text: str, user: User, now: datetime) -> None:
    """Keeps a text under a name, in place of what was kept under it. With the first one ours become the organisation's
    own, so that each of them can be changed or taken away."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if not help_templates(organisation).exists():
        ours = [HelpTemplate(organisation=organisation, name=key, text=said) for key, said in our_templates().items()]
        HelpTemplate.objects.bulk_create(ours)
    HelpTemplate.objects.update_or_create(
        organisation=organisation, name=name, defaults={"text": text, "changed_at": now}
    )
    _log(organisation, "kept", user, now)


@transaction.atomic
def forget_template(*, template: HelpTemplate, user: User, now: datetime) -> None:
    """Takes one away; without any, ours are offered again."""
    HelpTemplate.objects.filter(pk=template.pk).delete()
    _log(template.organisation, "forgotten", user, now)


def _log(organisation: Organisation, what: str, user: User, now: datetime) -> None:
    event = Event("help.template_changed", {"what": what, "user": user.pk})
    append_evidence(organisation=organisation, events=[event], now=now)
