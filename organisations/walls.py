"""The first wall between organisations: within one's pages and jobs, the ORM reads and changes nothing of another's.

`within` is set by the door of the workplace (`organisations.access.workplace`), and by jobs. From then on whatever goes
through the `objects` of an `Owned` model has to say of which organisation it speaks: by a filter on this organisation,
on a row that belongs to one, or by the keys of rows that were found within already. If it does not, no SQL is made:
`Unscoped` is raised. The database compilers of `config` ask (`check`), so that aggregates, unions, updates and deletes
are asked as well as reads.

What follows from a row at hand (`message.invitation`, `row.save()`, a cascade) does not pass `objects` and is free: the
row was found in scope. Jobs about one organisation (a report, a bundle, a roster, figures, a campaign's daily round) go
within once they know whose they are. The clock's sweeps, commands, the staff's links and the Django admin are outside:
they serve every organisation, each by its own rule (docs/decisions/0032). The second wall is in PostgreSQL
(`config.postgres`).
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, NothingNode, WhereNode
from django.http import FileResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse

from organisations.here import EVERYBODY, Here, current, within
from organisations.here import here as where

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class Unscoped(RuntimeError):
    """A defect: something was asked for without saying of which organisation."""


def held(response: HttpResponseBase) -> HttpResponseBase:
    """The response, such that what it reads while it is being sent is read within the same walls."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        response.streaming_content = _held(response.streaming_content, current())  # type: ignore[arg-type]  # never async here
    return response


def _held(parts: Iterable[Any], organisation: int) -> Iterator[Any]:
    left, end = iter(parts), object()
    while True:
        with within(organisation):
            part = next(left, end)
        if part is end:
            return
        yield part


class OwnedQuerySet(models.QuerySet[M_co, M_co]):
    """Marks what it asks, for `check`; the mark goes along with every further filter."""

    def __init__(self, model: Any = None, query: Query | None = None, using: str | None = None, hints: Any = None):
        super().__init__(model=model, query=query, using=using, hints=hints)
        if query is None:
            self.query.asked = True  # type: ignore[attr-defined]


class OwnedManager(models.Manager.from_queryset(OwnedQuerySet)[M_co]):  # type: ignore[misc]
    pass


class Owned(models.Model):
    """A row that belongs to an organisation: by a column of its own, or by a row that it hangs on."""

    objects: ClassVar[models.Manager[Self]] = OwnedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        here = where()
        if here.organisation != EVERYBODY:
            here.found[type(self)].add(self.pk)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **how: Any) -> Self:
        made = super().from_db(db, field_names, values, **how)
        here = where()
        if here.organisation != EVERYBODY:
            here.found[cls].add(made.pk)
        return made


def check(query: Query, *, whole: bool = True) -> None:
    """Raises Unscoped if this query, about to become SQL, should say of which organisation it speaks and does not.
    A subquery is only asked within another, unless that adds nothing to it (`whole` is false)."""
    here = where()
    if here.organisation == EVERYBODY or not getattr(query, "asked", False) or (whole and query.subquery):
        return
    if query.combinator or _pins(query.where, here):
        return  # the parts of a union are asked one by one
    raise Unscoped(
        f"{query.model and query.model.__name__} was asked for without its organisation. Filter on `organisation`, or"
        " on a row that belongs to it; or say why not with `unscoped(reason)`."
    )


def check_new(rows: Iterable[Any]) -> None:
    """Raises Unscoped if one of these new rows would be another organisation's."""
    here = where().organisation
    if here == EVERYBODY:
        return
    for row in rows:
        if getattr(row, "organisation_id", here) != here:
            raise Unscoped(f"a new {type(row).__name__} is another organisation's")


def _pins(node: Any, here: Here) -> bool:
    """Whether this condition holds for rows of the organisation alone."""
    if isinstance(node, WhereNode):
        if node.negated or node.connector not in {AND, OR}:
            return False
        said = (_pins(child, here) for child in node.children)
        return any(said) if node.connector == AND else bool(node.children) and all(said)
    if isinstance(node, Lookup) and isinstance(node.lhs, Col) and node.lookup_name in {"exact", "in"}:
        return _names(node.lhs.target, node.rhs, here)
    return isinstance(node, NothingNode)


def _names(field: Any, given: Any, here: Here) -> bool:
    """Whether a column with these values is of the organisation's own rows."""
    to = getattr(field, "related_model", None)
    if isinstance(given, Query):
        return to is not None and _pins(given.where, here)
    values = given if isinstance(given, Collection) and not isinstance(given, str) else [given]
    if not all(isinstance(value, int | str | UUID) for value in values):
        return False  # an expression is no value that we know
    if _is_organisation(to) or (field.primary_key and _is_organisation(field.model)):
        return all(value == here.organisation for value in values)
    if field.primary_key and here.found[field.model].issuperset(values):
        return True
    # By a row that belongs to somebody: of whom, was asked when it was found.
    return isinstance(to, type) and issubclass(to, Owned)


def _is_organisation(model: Any) -> bool:
    return model is not None and model._meta.label == "organisations.Organisation"
