"""Where mails are made: a letter is compiled once for everybody who gets the same, then filled for each person."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from compliance.campaigns.gateways import OutgoingMail
from compliance.campaigns.letters.composing import (
    Occasion,
    Texts,
    Words,
    own_headers,
    return_path,
    skeleton_of,
    writable,
    write_words,
)
from compliance.campaigns.letters.words import link_address, mail_language, stop_address
from compliance.campaigns.models import Campaign, Letter, last_day
from compliance.campaigns.queries import Claimed, campaigns_by_id, first_notices, invitation_requests, own_texts
from compliance.campaigns.rules import ASKED_FOR, WRITTEN, MessageKind
from compliance.campaigns.rules.skeleton import LINK, NAME, STOP, Skeleton

KEPT = 2_000  # compiled letters that a process keeps


class Compiled(NamedTuple):
    words: Words
    sha256: str
    skeleton: Skeleton


_compiled: dict[tuple[object, ...], Compiled] = {}  # of this process; the key holds all that the letter depends on


class Desk:
    """Makes the mails of one batch. Reads what they have in common once; making a mail then reads nothing more, since
    the threads that send must not touch the database."""

    def __init__(self, rows: Sequence[Claimed], now: datetime) -> None:
        self.now = now
        self.campaigns = campaigns_by_id({row.campaign_id for row in rows})
        self.texts: dict[int, Texts] = {}
        self.stamps = {pk: self._stamp(campaign) for pk, campaign in self.campaigns.items()}
        reminded = [row.invitation_id for row in rows if row.kind == MessageKind.REMINDER]
        self.answered_mails = first_notices(reminded) if reminded else {}
        self.dates: dict[int, str] = {}
        if len(_compiled) >= KEPT:
            _compiled.clear()
        self.written = written_letters({row.letter_id for row in rows if row.kind in WRITTEN and row.letter_id})
        self.letters = {row.pk: self._letter(row) for row in rows}
        self.letter_ids = keep_letters(
            {(row.organisation_id, each.sha256): each.words for row in rows for each in [self.letters[row.pk]]}, now
        )

    def _stamp(self, campaign: Campaign) -> str:
        """Changes with everything of a campaign that its letters say."""
        organisation = campaign.organisation
        if organisation.pk not in self.texts:
            self.texts[organisation.pk] = own_texts(organisation)
        own = sorted(self.texts[organisation.pk].items())
        parts = (campaign.why, campaign.notice, campaign.reminders, organisation.name, organisation.contact_email, own)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _letter(self, row: Claimed) -> Compiled:
        """The compiled letter that this person gets."""
        if row.letter_id in self.written:
            return self._written(row)
        language = mail_language(row.language, row.country)
        step = 0 if row.kind == MessageKind.LINK else row.step
        place = row.profile_country or row.country
        occasion = Occasion(row.kind, step, place, language, last_day(row.closes_at), bool(row.profile_country))
        # Without a basis nobody else is known to get the same.
        alike = row.basis or row.invitation_id
        key = (row.campaign_id, self.stamps[row.campaign_id], *occasion, row.profile_country, alike)
        if key not in _compiled:
            _compiled[key] = self._compile(row, occasion)
        return _compiled[key]

    def _written(self, row: Claimed) -> Compiled:
        words = self.written[row.letter_id]
        key = (row.campaign_id, self.stamps[row.campaign_id], words.sha256)
        if key not in _compiled:
            _compiled[key] = Compiled(words, words.sha256, skeleton_of(words, self.campaigns[row.campaign_id]))
        return _compiled[key]

    def _compile(self, row: Claimed, occasion: Occasion) -> Compiled:
        campaign = self.campaigns[row.campaign_id]
        texts = self.texts[campaign.organisation_id]
        words = write_words(campaign, occasion, invitation_requests(row.invitation_id), texts)
        return Compiled(words, words.sha256, skeleton_of(words, campaign))

    def letter_id(self, row: Claimed) -> int:
        """The stored letter of a row."""
        return self.letter_ids[row.organisation_id, self.letters[row.pk].sha256]

    @staticmethod
    def refuses(row: Claimed) -> str:
        """Why no mail can be made for a row, or ""."""
        return "" if writable(row.email) else "The mail could not be written: this is no address to write to."

    def mail(self, row: Claimed) -> OutgoingMail:
        """The mail of a row, whose address has been found writable."""
        stop = stop_address(row.key_version, row.invitation_public_id)
        can_stop = self.campaigns[row.campaign_id].reminders > 0 and row.kind not in ASKED_FOR
        headers = own_headers(
            to=row.email,
            at=self.now,
            public_id=row.public_id,
            answers_to=self.answered_mails.get(row.invitation_id) if row.kind == MessageKind.REMINDER else None,
            stop=stop if can_stop else "",
            date_cache=self.dates,
        )
        values = {
            NAME: " ".join(row.name.split()),
            LINK: link_address(row.key_version, row.invitation_public_id, row.rotation),
            STOP: stop,
        }
        content = self.letters[row.pk].skeleton.fill(headers, f"=_{row.public_id.hex}", values)
        return OutgoingMail(str(row.public_id), return_path(row.public_id), row.email, content)


def written_letters(ids: set[int]) -> dict[int | None, Words]:
    """Letters that were written when their mail was queued."""
    rows = Letter.objects.filter(pk__in=ids).order_by()
    return {row.pk: Words(row.language, row.subject, row.text, row.html) for row in rows}


def keep_letters(wanted: Mapping[tuple[int, str], Words], now: datetime) -> dict[tuple[int, str], int]:
    """(organisation, SHA-256 of the words) → the stored letter, made now where there is none."""
    found = _known(wanted)
    missing = [
        Letter(
            organisation_id=organisation_id,
            sha256=sha256,
            language=words.language,
            subject=words.subject,
            text=words.text,
            html=words.html,
            created_at=now,
        )
        for (organisation_id, sha256), words in wanted.items()
        if (organisation_id, sha256) not in found
    ]
    if missing:
        Letter.objects.bulk_create(missing, ignore_conflicts=True)  # another worker may have made it meanwhile
        found = _known(wanted)
    return found


def _known(wanted: Mapping[tuple[int, str], Words]) -> dict[tuple[int, str], int]:
    whose, hashes = {pk for pk, _ in wanted}, {sha256 for _, sha256 in wanted}
    rows = Letter.objects.filter(organisation__in=whose, sha256__in=hashes).order_by()
    return {
        (organisation_id, sha): pk for pk, organisation_id, sha in rows.values_list("pk", "organisation_id", "sha256")
    }
