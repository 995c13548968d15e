"""Files made to hurt are refused at once, in words."""

import pytest

from employees.gateways import RosterFile, UnreadableRoster, read_roster, roster_file
from tests.employees.bombs import BOMB_WORDS, BOMBS


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words(name: str) -> None:
    with pytest.raises(UnreadableRoster) as refused, read_roster(roster_file("staff", BOMBS[name]())) as stream:
        for _ in stream.frames():
            pass
    assert BOMB_WORDS.get(name, "") in str(refused.value)


def test_a_file_that_hangs_or_dies_is_no_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("employees.gateways.files.sys.executable", "/bin/false")
    with pytest.raises(UnreadableRoster, match="memory and time"), read_roster(RosterFile("staff", b"a,b")):
        pass
