from collections.abc import Iterable
from datetime import datetime

from compliance.attestations.models import Attestation


def answers_as_of(request_ids: Iterable[int], as_of: datetime) -> dict[int, str]:
    """The answer each request had at an instant, from the append-only rows; unanswered ones are left out."""
    rows = Attestation.objects.filter(request_id__in=request_ids, created_at__lte=as_of).order_by("id")
    return dict(rows.values_list("request_id", "answer"))
