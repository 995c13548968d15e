"""What takes minutes and does not depend on the database runs on one of the two: each once in `.ci/run`."""

import pytest
from django.conf import settings

_SERVICES = bool(settings.REDIS_URL)
ON_SQLITE = pytest.mark.skipif(_SERVICES, reason="takes long: runs on SQLite")
ON_SERVICES = pytest.mark.skipif(not _SERVICES, reason="takes long: runs on PostgreSQL and Redis (bin/test --services)")
