"""What somebody says of a file that was read: its columns, its places. The plan is made anew from the kept file."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from employees.gateways import UnreadableRoster, roster_file
from employees.lines import rows_of
from employees.models import ColumnChoice, RegionAlias, RosterImport
from employees.rules.dates import DateOrder
from employees.rules.plan import Kind
from employees.rules.regions import Region, fold
from employees.services.ending import ImportRefused
from employees.services.planning import receive_file
from organisations.models import Organisation, User
from organisations.services import Event, append_evidence

State = RosterImport.State
_MOVES_ROWS = ("sheet", "encoding", "delimiter", "header_row")


@transaction.atomic
def read_again(
    *,
    roster_import: RosterImport,
    choices: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    whole: bool | None = None,
) -> None:
    """Puts an import back to be read. `choices` (header → column, keep, or "") are remembered for the organisation,
    `options` hold for this file. Raises ImportRefused when the import has ended."""
    locked = _open(roster_import)
    for header, meaning in (choices or {}).items():
        ColumnChoice.objects.update_or_create(
            organisation_id=locked.organisation_id, header=fold(header)[:1000], defaults={"meaning": meaning}
        )
    if options is not None:
        given = {name: value for name, value in options.items() if value}
        if any(given.get(name) != locked.options.get(name) for name in _MOVES_ROWS):
            locked.fixes = {}  # a row's number may be another row's now
        locked.options = given
    if whole is not None:
        locked.whole = whole
    _wait_for_a_reader(locked)


@transaction.atomic
def settle_place(
    *, roster_import: RosterImport, written: str, region: Region, user: User | None, now: datetime
) -> None:
    """Every row whose place says `written` means `region`: in this file and in the organisation's next ones."""
    locked = _open(roster_import)
    if not fold(written):
        raise ImportRefused("This says nothing that could be remembered. Settle the row alone.")
    RegionAlias.objects.update_or_create(
        organisation_id=locked.organisation_id,
        spelling=fold(written),
        defaults={
            "written": written,
            "country": region.country,
            "subdivision": region.subdivision,
            "created_by": user,
            "created_at": now,
        },
    )
    event = Event("roster.alias_set", {"region": str(region)}, personal={"written": written})
    append_evidence(organisation=locked.organisation, events=[event], now=now)
    _wait_for_a_reader(locked)


@transaction.atomic
def settle_rows(*, roster_import: RosterImport, regions: Mapping[int, Region]) -> None:
    """These rows of this file mean these regions; nothing is remembered for the next file."""
    locked = _open(roster_import)
    locked.fixes |= {str(row): [region.country, region.subdivision] for row, region in regions.items()}
    _wait_for_a_reader(locked)


@transaction.atomic
def forget_alias(*, organisation: Organisation, alias_id: int, now: datetime) -> bool:
    """Whether there was such a word; people already on the roster stay where they are."""
    alias = RegionAlias.objects.filter(organisation=organisation, pk=alias_id).first()
    if alias is None:
        return False
    facts = {"region": alias.subdivision or alias.country}
    event = Event("roster.alias_forgotten", facts, personal={"written": alias.written})
    append_evidence(organisation=organisation, events=[event], now=now)
    alias.delete()
    return True


def _open(roster_import: RosterImport) -> RosterImport:
    locked = (
        RosterImport.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation")
        .get(pk=roster_import.pk)
    )
    if locked.state not in {State.UNMAPPED, State.FAILED, State.PLANNED}:
        raise ImportRefused("This import has ended. Upload the file again.")
    return locked


def _wait_for_a_reader(locked: RosterImport) -> None:
    locked.state, locked.claim, locked.lease_until, locked.attempts = State.READING, None, None, 0
    locked.progress, locked.stage, locked.detail = 0, "Waiting for a worker", ""
    locked.save()


@transaction.atomic
def receive_the_rest(*, roster_import: RosterImport, user: User | None, now: datetime) -> RosterImport:
    """The rows that a committed import left for review, as a file of their own: some people only, read as it was.

    Raises ImportRefused when there are none.
    """
    rows = [cells for _, cells in rows_of(roster_import, Kind.REVIEW)]
    if roster_import.state != State.COMMITTED or not rows:
        raise ImportRefused("This import left no rows that could be settled here.")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([roster_import.detected["headers"], *rows])
    name = f"rest of {roster_import.filename}"[:255]
    try:
        file = roster_file(name, text.getvalue().encode("utf-8-sig"))
    except UnreadableRoster as error:
        raise ImportRefused(str(error)) from error
    decided = roster_import.detected.get("decided", {})
    options = {"encoding": "utf-8", "delimiter": ",", "header_row": 1} | {k: v for k, v in decided.items() if v}
    if options.get("date_order") == DateOrder.UNKNOWN:
        del options["date_order"]
    return receive_file(
        organisation=roster_import.organisation, file=file, user=user, now=now, whole=False, options=options
    )
