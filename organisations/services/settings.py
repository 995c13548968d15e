"""What an owner may settle for the whole organisation. Each change stands in the log."""

import hashlib
from datetime import datetime

from django.db import transaction

from organisations.models import Organisation, OrganisationLogo, User
from organisations.services.evidence import Event, append_evidence


@transaction.atomic
def set_works_council_mode(*, organisation: Organisation, on: bool, user: User, now: datetime) -> bool:
    """Whether names stand beside answers anywhere. Returns whether anything changed."""
    changed = Organisation.objects.filter(pk=organisation.pk).exclude(works_council_mode=on)
    if not changed.update(works_council_mode=on):
        return False
    event = Event("organisation.works_council_mode", {"on": on, "user": user.pk})
    append_evidence(organisation=organisation, events=[event], now=now)
    return True


@transaction.atomic
def set_reporting(
    *, organisation: Organisation, time_zone: str, report_days: int | None, user: User, now: datetime
) -> None:
    """The clock of scheduled reports, and for how many days files of reports are kept (None: for good)."""
    Organisation.objects.filter(pk=organisation.pk).update(time_zone=time_zone, report_days=report_days)
    facts = {"time_zone": time_zone, "report_days": report_days, "user": user.pk}
    append_evidence(organisation=organisation, events=[Event("organisation.reporting_set", facts)], now=now)


@transaction.atomic
def set_looks(
    *,
    organisation: Organisation,
    accent: str,
    logo: tuple[bytes, int, int] | None,
    remove_logo: bool,
    user: User,
    now: datetime,
) -> None:
    """Colour and logo. `logo`: PNG, width and height in pixels; None leaves the one that is there."""
    Organisation.objects.filter(pk=organisation.pk).update(accent=accent)
    if logo:
        png, width, height = logo
        fields = {"png": png, "sha256": hashlib.sha256(png).hexdigest(), "width": width, "height": height}
        OrganisationLogo.objects.update_or_create(organisation=organisation, defaults=fields)
    elif remove_logo:
        OrganisationLogo.objects.filter(organisation=organisation).delete()
    kept = OrganisationLogo.objects.filter(organisation=organisation).values_list("sha256", flat=True).first()
    facts = {"accent": accent, "logo_sha256": kept or "", "user": user.pk}
    append_evidence(organisation=organisation, events=[Event("organisation.looks_set", facts)], now=now)
