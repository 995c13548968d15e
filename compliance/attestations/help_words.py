"""What the helpers' pages call things, and the words to begin an answer with for organisations that have none."""

from django.utils import translation
from django.utils.translation import gettext as _

from compliance.attestations.help_letters import beginnings
from compliance.attestations.rules import Closing


def our_templates(language: str = "") -> dict[str, str]:
    """Name, as helpers read it → text with gaps for the first name and the policy, in `language` or theirs."""
    names = {
        "where": _("Where the setting is"),
        "absent": _("The setting is not there"),
        "duty": _("Whether one has to"),
        "talk": _("A time to talk"),
    }
    with translation.override(language or translation.get_language()):
        texts = beginnings()
    return {name: texts[key] for key, name in names.items()}


def closing_words() -> dict[Closing, str]:
    return {
        Closing.SOLVED: _("It is solved"),
        Closing.ELSEWHERE: _("Helped by telephone or in person"),
        Closing.SILENT: _("Answered, and nothing came back"),
        Closing.NOT_OURS: _("Nothing that we can help with"),
    }
