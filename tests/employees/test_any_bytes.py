"""Whatever bytes come as a roster: a table, or words on why not."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from employees.gateways import UnreadableRoster, check_email, read_roster
from employees.places import region_index
from employees.reader import child
from employees.reader.limits import Limits, Unreadable
from employees.rules.columns import map_columns
from employees.rules.people import Reading, RosterRows
from employees.rules.plan import plan

CORPUS = sorted(
    path
    for path in (Path(__file__).parent / "corpus").iterdir()
    if not path.name.endswith((".expected.json", ".gitattributes"))
)


def plan_of(content: bytes) -> bool:
    """Reads as the child process would and plans against nobody; whether it was a table."""
    said = ""
    heads: list[dict[str, Any]] = []
    frames: list[tuple[list[int], list[list[str]], list[int]]] = []

    def say(**message: Any) -> None:
        if "head" in message:
            heads.append(message["head"])
        elif "n" in message:
            frames.append((message["n"], message["c"], message["long"]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "say", say)
        try:
            child.read(content, {}, Limits())
        except Unreadable as refused:
            said = str(refused)
    if said or not heads:
        assert said.endswith(".")
        return False
    headers = heads[0]["headers"]
    rows = RosterRows(Reading(headers, map_columns(headers), region_index(), check_email))
    for frame in frames:
        rows.add(*frame)
    found = plan(rows.read(), rows.external_ids, [])
    assert sum(found.counts()[name] for name in ("joiners", "review", "rejected", "already_left")) == len(rows.numbers)
    return True


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    plan_of(content)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_any_text(text: str, encoding: str) -> None:
    plan_of(text.encode(encoding))


@given(
    st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=6), max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_table_under_a_header(rows: list[list[str]], delimiter: str, end: str) -> None:
    lines = [["Name", "E-mail", "Country"], *rows]
    plan_of(end.join(delimiter.join(cells) for cells in lines).encode("utf-8", "replace"))


@settings(max_examples=150)
@given(st.data())
def test_a_real_file_with_bytes_changed(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CORPUS)).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    plan_of(bytes(content[:cut] if data.draw(st.booleans()) else content))


@settings(max_examples=12)
@given(st.binary(max_size=2_000))
def test_any_bytes_through_the_real_process(content: bytes) -> None:
    said = "staff "
    try:
        with read_roster("staff", [content]) as stream:
            list(stream.frames())
    except UnreadableRoster as refused:
        said = str(refused)
    assert said.startswith("staff ")
