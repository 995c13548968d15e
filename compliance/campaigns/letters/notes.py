"""Short letters to one person: a receipt that they asked for, an answer to their request for help."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils import translation

from compliance.campaigns.letters.composing import Words, squeezed_inline
from compliance.campaigns.letters.plain import text_of
from compliance.campaigns.models import Invitation
from compliance.campaigns.rules.skeleton import LINK, NAME


def write_note(
    invitation: Invitation,
    language: str,
    *,
    subject: str,
    paragraphs: Sequence[str],
    facts: Sequence[str] = (),
) -> Words:
    """The letter in `language`, with gaps for name and link. `subject` is its heading too; `facts` are listed."""
    with translation.override(language):
        html = render_to_string(
            "mail/note.html",
            {
                "language": language,
                "subject": subject,
                "heading": subject,
                "organisation": invitation.campaign.organisation,
                "name": NAME,
                "paragraphs": paragraphs,
                "facts": facts,
                "last_day": invitation.last_day,
                "link": LINK,
            },
        )
    return Words(language, " ".join(subject.split())[:250], text_of(html), squeezed_inline(html))
