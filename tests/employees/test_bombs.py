"""Files made to hurt are refused at once, in words."""

import pytest

from employees.gateways import UnreadableRoster, read_roster, roster_file
from tests.employees.bombs import BOMB_WORDS, BOMBS


def read(content: bytes) -> None:
    file = roster_file("staff", content)
    with read_roster(file.name, [file.content]) as stream:
        list(stream.frames())


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words(name: str) -> None:
    content = BOMBS[name]()
    with pytest.raises(UnreadableRoster, match=BOMB_WORDS.get(name)):
        read(content)


def test_a_file_that_hangs_or_dies_is_no_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("employees.gateways.files.sys.executable", "/bin/false")
    with pytest.raises(UnreadableRoster, match="memory and time"), read_roster("staff", [b"a,b"]):
        pass
