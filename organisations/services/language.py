"""What somebody who signs in wants for themselves, in whichever organisation they work."""

from organisations.models import User


def choose_language(*, user: User, language: str) -> None:
    """`language` is one of settings.WORKPLACE_LANGUAGES. No organisation's evidence: it concerns nobody but them."""
    user.language = language
    user.save(update_fields=["language"])
