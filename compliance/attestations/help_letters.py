"""Texts to begin an answer to a request for help with, in the language of the moment: staff read them in theirs."""

from django.utils.translation import gettext as _


def beginnings() -> dict[str, str]:
    """Key → text, with gaps for the first name and the policy."""
    return {
        "where": _(
            "Thank you for asking, {first name}. This is about {policy}.\n\n"
            "The link below leads to your page with the steps. Open the link on the device on which you are signed in "
            "to your own account; on a telephone, the browser is often easier than the app.\n\n"
            "If a step looks different for you, answer this mail and write down what you see."
        ),
        "absent": _(
            "Thank you for asking, {first name}. Some accounts do not have this setting, and that is no mistake of "
            "yours: {policy} does not apply to every account.\n\n"
            "Please look once more by the steps on your page. If it is not there, choose “I cannot find this setting”: "
            "you need not do anything else."
        ),
        "duty": _(
            "Thank you for asking, {first name}. Whether you change anything about {policy} is your own decision, and "
            "so is whether you tell us. Either is fine, and nothing follows from it for you.\n\n"
            "If you want no more mails about it, any answer on your page ends the reminders."
        ),
        "talk": _(
            "Thank you for asking, {first name}. It is easiest to look at {policy} together, and it takes about five "
            "minutes.\n\n"
            "Answer this mail with two times that suit you, and somebody of us will call. You need not show your "
            "account to anybody."
        ),
    }
