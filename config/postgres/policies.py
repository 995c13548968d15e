"""Row-level security, the second wall between organisations: whatever SQL somebody gets to run, PostgreSQL itself shows
and takes rows of the organisation that the connection was told of, and of no other (docs/decisions/0033).

The policies follow the models. After each `migrate` every table of an `Owned` model has one: by its own column, or by
the row that it hangs on, whose policy then speaks. FORCE puts the tables' owner behind them too.
"""

import hashlib
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

from organisations.here import EVERYBODY, NOBODY
from organisations.walls import Owned

SETTING = "offswitch.organisation"
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION offswitch_here() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('{SETTING}', true), '')::bigint $$
"""

# Written in one statement with the row that they hang on (decision 0014): while it runs, that row cannot be seen, so
# what a policy would ask of a new row is asked by a trigger once the statement is done.
WITH_THEIR_PARENT = {"organisations.EvidencePersonal"}


def walled() -> list[type[models.Model]]:
    """Every model whose rows are an organisation's, with the tables in between of its many-to-many fields."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return [model for model in found if issubclass(model, Owned) or _made_for_owned(model)]


def _made_for_owned(model: type[models.Model]) -> bool:
    made_for = model._meta.auto_created
    return isinstance(made_for, type) and issubclass(made_for, Owned)


def condition(model: type[models.Model]) -> str:
    """Which rows are this organisation's, as SQL. Raises ValueError for a model that hangs on nothing."""
    table = model._meta.db_table
    if model._meta.label == "organisations.Organisation":
        return _is_here(f'"{table}"."id"')
    needed = [field for field in model._meta.concrete_fields if field.many_to_one or field.one_to_one]
    for field in needed:
        if field.related_model and field.related_model._meta.label == "organisations.Organisation":
            return _is_here(f'"{table}"."{field.column}"')
    for field in needed:
        parent: Any = field.related_model
        if not field.null and isinstance(parent, type) and issubclass(parent, Owned):
            of, key = parent._meta.db_table, parent._meta.pk.column
            found = f'SELECT 1 FROM "{of}" WHERE "{of}"."{key}" = "{table}"."{field.column}"'  # noqa: S608
            return f"(SELECT offswitch_here()) = {EVERYBODY} OR EXISTS ({found})"
    raise ValueError(f"{model.__name__} is Owned, and hangs on no organisation")


def _is_here(column: str) -> str:
    return f"(SELECT offswitch_here()) = {EVERYBODY} OR {column} = (SELECT offswitch_here())"


def build_walls(using: str = "default", **_: Any) -> None:
    """Gives each table the policy it should have; those that have it are left alone."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, obj_description(p.oid, 'pg_policy')"
            " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'organisation'"
            " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        )
        there = {table: mark if forced else None for table, forced, mark in cursor.fetchall()}
        cursor.execute(_FUNCTION)
        for model in walled():
            table, wall = model._meta.db_table, _wall(model)
            mark = hashlib.sha256(";".join(wall).encode()).hexdigest()
            if table not in there or there[table] == mark:  # a table that a later migration makes has its turn then
                continue
            for statement in wall:
                cursor.execute(statement)
            cursor.execute(f"COMMENT ON POLICY organisation ON \"{table}\" IS '{mark}'")


def _wall(model: type[models.Model]) -> list[str]:
    """The statements that put a table behind its wall, in place of what was there."""
    table, rows = model._meta.db_table, condition(model)
    late = model._meta.label in WITH_THEIR_PARENT
    checked = f"(SELECT offswitch_here()) <> {NOBODY}" if late else rows
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
        f'DROP POLICY IF EXISTS organisation ON "{table}"',
        f'CREATE POLICY organisation ON "{table}" USING ({rows}) WITH CHECK ({checked})',
        *(_late_check(table, str(model._meta.pk.column), rows) if late else ()),
    ]


def _late_check(table: str, key: str, rows: str) -> list[str]:
    """The same question about a new row, asked after its statement; not of those who may see everybody's."""
    name = f"{table}_is_here"
    found = f'SELECT 1 FROM "{table}" WHERE "{table}"."{key}" = NEW."{key}" AND ({rows})'  # noqa: S608
    return [
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS ({found}) THEN
            RAISE insufficient_privilege USING MESSAGE = 'new row violates row-level security of table "{table}"';
          END IF;
          RETURN NULL;
        END $$""",
        f'DROP TRIGGER IF EXISTS {name} ON "{table}"',
        f"""CREATE TRIGGER {name} AFTER INSERT OR UPDATE ON "{table}" FOR EACH ROW
        WHEN (offswitch_here() <> {EVERYBODY}) EXECUTE FUNCTION {name}()""",
    ]
