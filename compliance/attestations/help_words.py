"""Words to begin an answer with, for organisations that have none of their own; in the language of the moment."""

from django.utils.translation import gettext as _

from compliance.attestations.rules import Closing


def our_templates() -> dict[str, str]:
    """Name → text, with gaps for the first name and the policy."""
    return {
        _("Where the setting is"): _(
            "Thank you for asking, {first name}. This is about {policy}.\n\n"
            "The link below leads to your page with the steps. Open the link on the device on which you are signed in "
            "to your own account; on a telephone, the browser is often easier than the app.\n\n"
            "If a step looks different for you, answer this mail and write down what you see."
        ),
        _("The setting is not there"): _(
            "Thank you for asking, {first name}. Some accounts do not have this setting, and that is no mistake of "
            "yours: {policy} does not apply to every account.\n\n"
            "Please look once more by the steps on your page. If it is not there, choose “I cannot find it”: you need "
            "not do anything else."
        ),
        _("Whether one has to"): _(
            "Thank you for asking, {first name}. Whether you change anything about {policy} is your own decision, and "
            "so is whether you tell us. Either is fine, and nothing follows from it for you.\n\n"
            "If you want no more mails about it, any answer on your page ends the reminders."
        ),
        _("A time to talk"): _(
            "Thank you for asking, {first name}. It is easiest to look at {policy} together, and it takes about five "
            "minutes.\n\n"
            "Answer this mail with two times that suit you, and somebody of us will call. You need not show your "
            "account to anybody."
        ),
    }


def closing_words() -> dict[Closing, str]:
    return {
        Closing.SOLVED: _("It is solved"),
        Closing.ELSEWHERE: _("Helped by telephone or in person"),
        Closing.SILENT: _("Answered, and nothing came back"),
        Closing.NOT_OURS: _("Nothing that we can help with"),
    }
