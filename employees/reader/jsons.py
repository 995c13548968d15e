"""JSON as programs export it: a list of objects, alone or under one key."""

import json
from collections.abc import Iterator
from typing import Any

from employees.reader.limits import Limits, Unreadable

_SHAPE = "is JSON, but not a list of people. It must be a list of objects, or an object that holds one."


def read_json(text: str, limits: Limits) -> list[list[str]]:
    """Header and rows; an object within a person becomes columns with dotted names."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("is not well-formed JSON. Export it again, or export CSV.") from error
    people = _people(data)
    if len(people) > limits.rows:
        raise Unreadable(f"has more than {limits.rows:,} rows. Split it, and import the parts as partial files.")
    flat = [dict(_flat(person)) for person in people]
    headers = list(dict.fromkeys(name for person in flat for name in person))
    if len(headers) > limits.columns:
        raise Unreadable(f"has more than {limits.columns} columns. Leave out those that are not needed.")
    return [headers, *([person.get(name, "") for name in headers] for person in flat)]


def _people(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list) and value]
        data = max(lists, key=len, default=None)
    if not isinstance(data, list) or not data or not all(isinstance(item, dict) for item in data):
        raise Unreadable(_SHAPE)
    return data


def _flat(person: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for key, value in person.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < 3:
            yield from _flat(value, f"{name}.", depth + 1)
        else:
            yield _text(name), _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return str(int(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    # A NUL or half a surrogate pair is no text that a database holds.
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()
