"""docs/evidence.md is right: every kind of entry is in it, and the role that it advises can append and no more."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from employees.models import Employee
from organisations.models import EvidenceEntry, Organisation
from organisations.queries import evidence_state
from organisations.rules import Role
from organisations.rules.auditing import KEY_ADDED
from organisations.services import Event, append_evidence
from tests.organisations.evidence import checkpointed

DOCS = (Path(settings.BASE_DIR) / "docs" / "evidence.md").read_text()
CALLS = {"Event": 0, "log": 1}  # the argument that is the kind
COMPUTED = {"campaign.closed", "campaign.cancelled"}  # of f"campaign.{state}"


def appended() -> Iterator[str]:
    for room in ("config", "organisations", "employees", "compliance", "reports"):
        for path in (Path(settings.BASE_DIR) / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                    place = CALLS[node.func.id]
                    kind = node.args[place] if len(node.args) > place else None
                    yield from _kinds(kind, path)


def _kinds(kind: ast.expr | None, path: Path) -> Iterator[str]:
    match kind:
        case ast.Constant(value=str(name)):
            yield name
        case ast.JoinedStr():
            yield from COMPUTED
        case ast.Name(id="KEY_ADDED"):
            yield KEY_ADDED
        case ast.Name(id="kind") if path.name == "log.py":
            pass  # the helper itself
        case _:
            pytest.fail(f"{path}: an entry whose kind this test cannot read")


def test_every_kind_of_entry_is_listed() -> None:
    table = DOCS.split("### Kinds")[1].split("\n## ")[0]
    listed = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", table))
    assert set(appended()) == listed


@pytest.mark.parametrize("name", ["people", "outbox", "suppressions", "person-erase"])
def test_a_page_with_names_is_logged_when_it_was_seen(
    name: str, organisation: Organisation, hire: Callable[..., Employee], signed_in: Callable[..., Client]
) -> None:
    arguments = [hire("Ada", "GB").pk] if name == "person-erase" else []
    url = reverse(name, args=["acme", *arguments])
    seen = EvidenceEntry.objects.filter(kind="named_data.seen")
    assert signed_in(Role.AUDITOR).get(url).status_code == 403
    assert not seen.exists()
    assert signed_in(Role.ADMIN).get(url).status_code == 200
    assert seen.get().facts.keys() == {"page", "user"}


def test_a_page_without_names_is_not(organisation: Organisation, signed_in: Callable[..., Client]) -> None:
    assert signed_in().get(reverse("dashboard", args=["acme"])).status_code == 200
    assert not EvidenceEntry.objects.filter(kind="named_data.seen").exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles")
def test_the_advised_role_appends_and_can_do_nothing_else(organisation: Organisation, now: datetime) -> None:
    (grants,) = re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL)
    checkpointed(organisation, now)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in filter(None, map(str.strip, grants.split(";"))):
            cursor.execute(statement)
        cursor.execute("GRANT offswitch_app TO CURRENT_USER")  # so that we may put it on
        cursor.execute("SET ROLE offswitch_app")
        append_evidence(organisation=organisation, events=[Event("thing.done", {}, {"employee": 1})], now=now)
        for verb, why in {
            "UPDATE {} SET seq = 7": "permission denied",
            "DELETE FROM {}": "permission denied",
            "TRUNCATE {} CASCADE": "permission denied",
            "DROP TRIGGER {} ON {}": "must be owner",
            "ALTER TABLE {} DISABLE TRIGGER ALL": "must be owner",
            "DROP TABLE {} CASCADE": "must be owner",
        }.items():
            for table in ("evidenceentry", "evidencecheckpoint"):
                names = [f"organisations_{table}"]
                if verb.startswith("DROP TRIGGER"):
                    names.insert(
                        0, "evidence_no_change" if table == "evidenceentry" else "evidence_checkpoint_no_change"
                    )
                with pytest.raises(DatabaseError, match=why), transaction.atomic():
                    cursor.execute(verb.format(*names))
        checkpointed(organisation, now)
        cursor.execute("RESET ROLE")
    assert evidence_state(organisation).broken_at is None
