"""The same for people who have no mail: a sheet with a code to scan, in their language."""

import io
from dataclasses import dataclass

import segno
from django.utils import translation
from django.utils.translation import gettext as _

from compliance.campaigns.letters.composing import heading_of
from compliance.campaigns.letters.words import asks, language_of, personal_link
from compliance.campaigns.models import Invitation
from compliance.catalogue.wording import long_date


@dataclass(frozen=True)
class Notice:
    """`code` is an SVG of the link's QR code, made of numbers alone."""

    language: str
    name: str
    department: str
    heading: str
    summaries: list[str]
    voluntary: str
    scan: str
    alone: str
    link: str
    code: str


def notice(invitation: Invitation) -> Notice:
    language, link = language_of(invitation), personal_link(invitation)
    with translation.override(language):
        found = asks(invitation, language)
        informs_only = all(ask.informs_only for ask in found)
        return Notice(
            language=language,
            name=invitation.employee.name,
            department=invitation.employee.department,
            heading=heading_of(found),
            summaries=[f"{ask.summary} {ask.reason}" for ask in found],
            voluntary=_(
                "You can say no to this. It is your account and your choice: we only inform you, and you are not asked "
                "for an answer."
            )
            if informs_only
            else _(
                "You can say no to this. It is your account and your choice: telling us what you did is voluntary, and "
                "nothing happens to you if you do not."
            ),
            scan=_("Scan this code with your phone, or open this address:"),
            alone=_("The link is for you alone; please do not pass it on. It works until %(day)s.")
            % {"day": long_date(invitation.last_day)},
            link=link,
            code=_svg(link),
        )


def _svg(link: str) -> str:
    buffer = io.BytesIO()
    segno.make(link, error="m").save(
        buffer, kind="svg", xmldecl=False, svgns=False, svgclass="qr", lineclass=None, omitsize=True, border=2
    )
    return buffer.getvalue().decode()
