"""Rings workers after commit. The database is the record: a bell that nobody hears is rung again by the sweeper."""

import logging
from functools import partial
from typing import Any

from celery.app.task import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: "Task[..., Any]", **ids: int) -> None:
    """Publishes `task` once the surrounding transaction is committed; a broker that is away costs a delay, no work."""
    transaction.on_commit(partial(_publish, task, ids))


def _publish(task: "Task[..., Any]", ids: dict[str, int]) -> None:
    try:
        task.apply_async(kwargs=ids)
    except (OperationalError, OSError) as error:
        logger.warning("The broker cannot be reached (%s); the sweeper will pick this up.", type(error).__name__)
