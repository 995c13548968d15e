"""Reads the catalogue's YAML files. Every error names the file, the line and the field."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from compliance.catalogue.rules import REST_OF_WORLD
from compliance.catalogue.schema import (
    CollectionFile,
    ConflictsFile,
    Part,
    PolicyFile,
    RegionsFile,
    SourcesFile,
    VersionEntry,
)

DATA_DIR = Path(__file__).parent / "data"
FileModel = TypeVar("FileModel", bound=Part)


class CatalogueError(Exception):
    """A catalogue file is wrong; the message says where and what to do."""


@dataclass(frozen=True)
class CatalogueFiles:
    sources: SourcesFile
    conflicts: ConflictsFile
    regions: RegionsFile
    collection: CollectionFile
    policies: tuple[PolicyFile, ...]


def sha256_of(part: Part) -> str:
    """Hash of the canonical form: what the text means, not how it is laid out."""
    body = json.dumps(
        part.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(body.encode()).hexdigest()


def read_catalogue(folder: Path = DATA_DIR) -> CatalogueFiles:
    """All files, validated each and against each other. Raises CatalogueError."""
    policies = sorted((folder / "policies").glob("*.yaml"))
    files = CatalogueFiles(
        sources=_read_sources(sorted(folder.glob("sources*.yaml"))),
        conflicts=_read(folder / "conflicts.yaml", ConflictsFile),
        regions=_read(folder / "regions.yaml", RegionsFile),
        collection=_read(folder / "collection.yaml", CollectionFile),
        policies=tuple(_read(path, PolicyFile) for path in policies),
    )
    for policy, path in zip(files.policies, policies, strict=True):
        for version in policy.versions:
            _check_version(version, files, path)
    for name in ("conflicts", "regions", "collection"):
        _refuse(f"{name}.yaml", _unknown_sources(getattr(files, name), files))
    return files


def _read_sources(paths: list[Path]) -> SourcesFile:
    """All files of sources as one; an id may stand in one of them only."""
    entries = [(path, entry) for path in paths for entry in _read(path, SourcesFile).sources]
    seen: dict[str, Path] = {}
    for path, entry in entries:
        if entry.id in seen:
            raise CatalogueError(f"{path.name}: source {entry.id!r} stands in {seen[entry.id].name} already; keep one.")
        seen[entry.id] = path
    return SourcesFile(sources=[entry for _, entry in entries])


def _read(path: Path, model: type[FileModel]) -> FileModel:
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.safe_load(text)
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)  # as slow as the reading: for the lines of mistakes alone
        problems = [_problem(path, tree, item["loc"], item["msg"], item["input"]) for item in error.errors()]
        raise CatalogueError("\n".join(problems)) from error


def _problem(path: Path, tree: yaml.Node | None, loc: tuple[int | str, ...], message: str, value: object) -> str:
    remedy = " (YAML reads a bare NO, ON or OFF as true or false: put it in quotes)" if isinstance(value, bool) else ""
    field = ".".join(str(part) for part in loc)
    return f"{path.name}, line {_line(tree, loc)}, field {field}: {message}{remedy}"


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """The line where the deepest part of `loc` that exists begins."""
    for part in loc:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            child = node.value[part]
        if child is None:
            break
        node = child
    return node.start_mark.line + 1 if node else 1


def _cited(part: object) -> Iterator[str]:
    if isinstance(part, Part):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name.endswith("sources"):
                yield from value
            else:
                yield from _cited(value)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _cited(item)
    elif isinstance(part, dict):
        yield from _cited(list(part.values()))


def _unknown_sources(part: Part, files: CatalogueFiles) -> list[str]:
    known = {source.id for source in files.sources.sources}
    return [
        f"source {name!r} is not in sources.yaml: add it there, or correct its name"
        for name in dict.fromkeys(_cited(part))
        if name not in known
    ]


def _check_version(version: VersionEntry, files: CatalogueFiles, path: Path) -> None:
    conflicts = {conflict.id for conflict in files.conflicts.conflicts}
    wrong = _unknown_sources(version, files)
    for region in version.regions:
        if region.set and region.set != REST_OF_WORLD and region.set not in files.regions.sets:
            known = ", ".join([*files.regions.sets, REST_OF_WORLD])
            wrong.append(f"region set {region.set!r} is not in regions.yaml; there are {known}")
        if region.conflict and region.conflict not in conflicts:
            wrong.append(f"conflict {region.conflict!r} is not in conflicts.yaml: add it there, or correct its name")
    _refuse(f"{path.name}, version {version.id}", [f"{_found_at(path, problem)}{problem}" for problem in wrong])


def _found_at(path: Path, problem: str) -> str:
    """The line on which the name a problem quotes first stands."""
    name = problem.split("'")[1]
    pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next((number for number, line in enumerate(lines, start=1) if pattern.search(line)), None)
    return f"line {number}, " if number else ""


def _refuse(where: str, problems: list[str]) -> None:
    if problems:
        raise CatalogueError("\n".join(f"{where}, {problem}" for problem in problems))
