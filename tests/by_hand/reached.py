"""A plugin of pytest's: notes which functions of the product each test reached, as JSON, for mutate_access.

REACHED=FOLDER pytest -p tests.by_hand.reached …     a file for each process that ran tests
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = f"{Path.cwd()}/"
ROOMS = tuple(f"{ROOT}{room}/" for room in ("organisations", "employees", "compliance", "reports", "config"))
_by_test: dict[str, list[str]] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    reached: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOMS):
            reached.add(f"{code.co_filename.removeprefix(ROOT)}:{code.co_firstlineno}")

    sys.setprofile(note)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        _by_test[item.nodeid] = sorted(reached)


def pytest_sessionfinish() -> None:
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    (Path(os.environ["REACHED"]) / f"{name}.json").write_text(json.dumps(_by_test))
