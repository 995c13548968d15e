"""The organisation's own words in its mails."""

from datetime import datetime

from django.db import transaction

from compliance.campaigns.letters.slots import checked
from compliance.campaigns.models import LetterText
from organisations.models import Organisation
from organisations.services import Event, append_evidence


@transaction.atomic
def keep_text(*, organisation: Organisation, language: str, slot: str, text: str, now: datetime) -> None:
    """Keeps a text; an empty one brings ours back. Raises BadText."""
    text = checked(slot, text)
    if text:
        LetterText.objects.update_or_create(
            organisation=organisation, language=language, slot=slot, defaults={"text": text, "changed_at": now}
        )
    else:
        LetterText.objects.filter(organisation=organisation, language=language, slot=slot).delete()
    facts = {"language": language, "slot": slot, "own": bool(text)}
    append_evidence(organisation=organisation, events=[Event("letter.text_changed", facts)], now=now)
