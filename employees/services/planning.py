"""From a file to a plan. The roster is untouched."""

import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from employees.gateways import RosterFile, Stream, UnreadableRoster, check_email, open_sealed, read_roster, seal
from employees.gateways.sealing import SealBroken
from employees.lines import chunks_of
from employees.models import PlanChunk, RosterImport, RosterUpload
from employees.places import region_index
from employees.queries import column_choices, known_people, region_aliases, roster_revision
from employees.rules.columns import KEEP, map_columns, missing_columns
from employees.rules.dates import DateOrder
from employees.rules.people import Reading, RosterRows
from employees.rules.plan import Kind, Plan, plan
from employees.rules.regions import Region, fold, resolve_region
from employees.services.ending import ImportRefused, discard_import
from employees.services.writing import insert_packed, without_collector
from organisations.here import within
from organisations.models import Organisation, User

logger = logging.getLogger(__name__)

State = RosterImport.State
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
PIECE = 1024 * 1024  # bytes of an upload in one row
SAMPLES = 200
PAUSE = 0.5  # seconds between two words on the progress


class Cancelled(Exception):
    """Somebody discarded the import while it was being read."""


@transaction.atomic
def receive_file(
    *,
    organisation: Organisation,
    file: RosterFile,
    user: User | None,
    now: datetime,
    whole: bool = True,
    options: Mapping[str, Any] | None = None,
) -> RosterImport:
    """Keeps a file, sealed, to be read. `whole` says that who is not in it has left."""
    made = RosterImport.objects.create(
        organisation=organisation,
        filename=file.name,
        file_sha256=file.sha256,
        whole=whole,
        options=dict(options or {}),
        stage="Waiting for a worker",
        since=now,
        created_by=user,
        created_at=now,
    )
    insert_packed(
        RosterUpload(
            roster_import=made,
            position=position,
            content=seal(file.content[start : start + PIECE], f"{made.pk}/{position}"),
        )
        for position, start in enumerate(range(0, len(file.content), PIECE))
    )
    return made


def plan_file(
    *, organisation: Organisation, file: RosterFile, user: User | None, now: datetime, **given: Any
) -> RosterImport:
    """Receives a file and plans it at once. Raises ImportRefused, keeping nothing, when no plan comes of it."""
    made = receive_file(organisation=organisation, file=file, user=user, now=now, **given)
    plan_import(import_id=made.pk, now=now)
    made.refresh_from_db()
    if made.state != State.PLANNED:
        discard_import(roster_import=made, now=now)
        raise ImportRefused(made.detail)
    return made


def release_expired(*, now: datetime) -> None:
    """Puts back what a dead worker was reading; the third death is a failure with a reason."""
    expired = RosterImport.objects.filter(state=State.READING, lease_until__lt=now)
    expired.filter(attempts__gte=MAX_ATTEMPTS).update(
        state=State.FAILED, claim=None, lease_until=None, detail="Every worker that tried to read this file died."
    )
    expired.update(claim=None, lease_until=None, progress=0, stage="Waiting for a worker", since=now)


def plan_import(*, import_id: int, now: datetime) -> bool:
    """Reads one file and keeps its plan, if nobody else does; whether this call did.

    The import ends as `planned`, as `unmapped` when a needed column is missing, or as `failed` with the reason.
    """
    claim = uuid.uuid4()
    waiting = RosterImport.objects.filter(pk=import_id, state=State.READING, claim=None)
    taken = {"claim": claim, "lease_until": now + LEASE, "since": now, "stage": "Opening the file"}
    if not waiting.update(attempts=F("attempts") + 1, **taken):
        return False
    made = RosterImport.objects.select_related("organisation").get(pk=import_id)
    try:
        with within(made.organisation_id, made), without_collector():
            _read_and_plan(made, claim, now)
    except (UnreadableRoster, SealBroken) as error:
        _fail(made, claim, str(error) or "The upload can no longer be opened. Upload the file again.")
    except Cancelled:
        logger.info("Import %s was discarded while it was read.", import_id)
    except Exception:  # broad: the outermost edge of the job; the person waiting must see that it ended
        logger.exception("Import %s failed.", import_id)
        _fail(made, claim, "Something went wrong while reading this file. The log has the details.")
    return True


def _fail(made: RosterImport, claim: uuid.UUID, detail: str) -> None:
    RosterImport.objects.filter(pk=made.pk, claim=claim, state=State.READING).update(
        state=State.FAILED, detail=detail[:500], claim=None, lease_until=None
    )


class _Progress:
    """Says how far the reading is, twice a second at most, and notices a cancellation."""

    def __init__(self, made: RosterImport, claim: uuid.UUID) -> None:
        self.ours = RosterImport.objects.filter(pk=made.pk, claim=claim, state=State.READING)
        self.last = time.monotonic()

    def say(self, progress: int, stage: str) -> None:
        if time.monotonic() - self.last < PAUSE:
            return
        self.last = time.monotonic()
        if not self.ours.update(progress=progress, stage=stage, lease_until=timezone.now() + LEASE):
            raise Cancelled


def _read_and_plan(made: RosterImport, claim: uuid.UUID, now: datetime) -> None:
    progress = _Progress(made, claim)
    with read_roster(made.filename, _uploaded(made), made.options) as stream:
        frames = stream.frames()
        first = next(frames, None)
        columns = first.columns if first else []
        reading = _reading(made, stream, [[cell[:254] for cell in column[:SAMPLES]] for column in columns])
        if missing := missing_columns(reading.mapping):
            headers = ", ".join(stream.head["headers"])[:200]
            made.detail = f"{made.filename} has no column for: {', '.join(missing)}. Its columns are: {headers}."[:500]
            _keep_head(made, claim, State.UNMAPPED)
            return
        rows = RosterRows(reading)
        about = max(int(stream.head.get("about") or 0), 1)
        while first is not None:
            rows.add(*first)
            read = len(rows.numbers)
            progress.say(min(60, 60 * read // about), f"Reading: {read:,} rows")
            first = next(frames, None)
        made.detected["skipped"] = stream.end.get("skipped", [])
    progress.say(65, f"Checking {len(rows.numbers):,} rows")
    made.roster_revision = roster_revision(made.organisation)  # first: a change after this makes the plan stale
    found = plan(
        rows.read(),
        rows.external_ids,
        known_people(made.organisation),
        whole=made.whole,
        not_given=reading.not_given,
    )
    made.detected["decided"] = rows.decided
    del rows
    progress.say(80, "Keeping the plan")
    _keep_plan(made, claim, found, stream)


def _uploaded(made: RosterImport) -> Iterator[bytes]:
    """The file, piece by piece."""
    pieces = RosterUpload.objects.filter(roster_import=made).order_by("position").values_list("position", "content")
    for position, content in pieces.iterator(chunk_size=1):
        yield open_sealed(bytes(content), f"{made.pk}/{position}")


def _reading(made: RosterImport, stream: Stream, samples: list[list[str]]) -> Reading:
    index, headers = region_index(), stream.head["headers"]
    choices = column_choices(made.organisation)

    def is_country(value: str) -> bool:
        return isinstance(resolve_region(value, index), Region)

    mapping = map_columns(headers, samples, is_country, choices)
    kept = [i for i, header in enumerate(headers) if choices.get(fold(header)) == KEEP]
    made.detected = stream.head | {"samples": [[cell[:60] for cell in column if cell][:3] for column in samples]}
    made.mapping, made.kept = {column.value: index for column, index in mapping.items()}, kept
    return Reading(
        headers=headers,
        mapping=mapping,
        index=index,
        check_email=check_email,
        kept=kept,
        aliases=region_aliases(made.organisation),
        fixes={int(row): Region(*place) for row, place in made.fixes.items()},
        date_order=DateOrder(made.options.get("date_order") or DateOrder.UNKNOWN),
        us_states=bool(made.options.get("us_states")),
    )


_HEAD = ("detected", "mapping", "kept", "detail", "state", "claim", "lease_until", "progress", "stage")


def _keep_head(made: RosterImport, claim: uuid.UUID, state: RosterImport.State) -> None:
    ours = RosterImport.objects.select_for_update(no_key=True).filter(pk=made.pk, claim=claim, state=State.READING)
    with transaction.atomic():
        if not ours.exists():
            raise Cancelled
        made.state, made.claim, made.lease_until, made.progress, made.stage = state, None, None, 100, ""
        made.save(update_fields=_HEAD)


@transaction.atomic
def _keep_plan(made: RosterImport, claim: uuid.UUID, found: Plan, stream: Stream) -> None:
    made.detail = ""
    _keep_head(made, claim, State.PLANNED)
    made.counts, made.many_leavers = found.counts(), found.many_leavers
    made.revision += 1
    made.save(update_fields=["counts", "many_leavers", "roster_revision", "revision"])
    PlanChunk.objects.filter(roster_import=made).delete()
    for kind in Kind:
        lines = found.lines[kind]
        mend = kind in {Kind.REVIEW, Kind.REJECTED}
        cells = stream.cells_of({line.row for line in lines}) if mend else None
        insert_packed(chunks_of(made, kind, lines, cells))
