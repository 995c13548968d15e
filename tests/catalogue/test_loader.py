"""Wrong catalogue files are refused with file, line and remedy; a loaded version never changes."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from compliance.catalogue.gateways import DATA_DIR, CatalogueError, read_catalogue
from compliance.catalogue.services import load_catalogue
from tests.counting import snapshot

POLICY = "policies/linkedin-genai-training.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_DIR, tmp_path / "data"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_loading_twice_changes_nothing(catalogue: None, now: datetime) -> None:
    before = snapshot()
    assert load_catalogue(files=read_catalogue(), now=now) == 0
    assert snapshot() == before


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (POLICY, "effective_from: 2025-11-03", "effective_from: soon", r"line \d+, field versions\.1\.effective_from"),
        (POLICY, "status: in_scope", "status: maybe", r"line \d+, field versions\.\d\.regions\.\d\.status"),
        (
            POLICY,
            "sources: [seed-001]",
            "sources: [seed-999]",
            r"line \d+, source 'seed-999' is not in sources.yaml: add it",
        ),
        (POLICY, "set: EU27", "set: EU28", r"line \d+, region set 'EU28' is not in regions.yaml; there are"),
        (
            POLICY,
            "conflict: uk-in-genai",
            "conflict: uk-out",
            r"line \d+, conflict 'uk-out' is not in conflicts.yaml: add it",
        ),
        (POLICY, "mechanism: toggle", "mechanism: toggle\nmood: good", r"field mood: Extra inputs"),
        ("regions.yaml", '"NO", PL', "NO, PL", r"regions.yaml, line \d+, .*put it in quotes"),
        ("sources.yaml", "sources:", "sources: [", "sources.yaml: "),
    ],
)
def test_a_wrong_file_is_refused(folder: Path, file: str, old: str, new: str, words: str) -> None:
    change(folder, file, old, new)
    with pytest.raises(CatalogueError, match=words):
        read_catalogue(folder)


def test_the_line_is_the_right_one(folder: Path) -> None:
    change(folder, POLICY, "mechanism: toggle", "mechanism: button")
    lines = (folder / POLICY).read_text(encoding="utf-8").splitlines()
    with pytest.raises(CatalogueError, match=f"line {lines.index('mechanism: button') + 1}, field mechanism"):
        read_catalogue(folder)


def test_an_edited_version_is_refused_and_nothing_is_loaded(catalogue: None, folder: Path, now: datetime) -> None:
    change(folder, POLICY, "retroactive: false", "retroactive: true")
    before = snapshot()
    with pytest.raises(CatalogueError, match="never changes, because people were asked by it"):
        load_catalogue(files=read_catalogue(folder), now=now)
    assert snapshot() == before


def test_layout_is_not_meaning(catalogue: None, folder: Path, now: datetime) -> None:
    change(folder, POLICY, "retroactive: false", "retroactive:    false  # a remark")
    assert load_catalogue(files=read_catalogue(folder), now=now) == 0
