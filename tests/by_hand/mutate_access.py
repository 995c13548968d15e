"""Takes away one guard or one organisation's filter after the other and asks the access tests whether they notice.

    .venv/bin/python -m tests.by_hand.mutate_access [--list]

A mutant is a copy of the tree in which one keyword `organisation=…` or `…__organisation=…` of a `filter` or `get` is
gone, or one line of the door (organisations/access.py, rules/roles.py) lets through what it stopped. Prints each with
its fate, and kills/total at the end; exits 1 when one survived. Takes about ten seconds a mutant.
"""

import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("organisations", "employees", "compliance", "reports")
LEFT_OUT = {".git", ".venv", "var", "node_modules", "__pycache__"}
TABLE = "tests/organisations/test_access.py"
FOREIGN = [f"{TABLE}::test_a_foreign_organisation_does_not_exist", "tests/organisations/test_log_page.py"]
# Beside them, what tells an organisation's rows from another's where no page shows them by key.
MORE = {
    "reports/queries/team.py": ["tests/reports/test_team.py"],
    "organisations/": ["tests/organisations/test_members.py"],
}

DOOR = [
    ("organisations/access.py", "    if found is None:\n        raise Http404\n", "", "an unknown organisation"),
    ("organisations/access.py", "if not may(request.role, act, sees_names=found.sees_names):", "if False:", "no role"),
    ("organisations/access.py", "        @login_required\n", "", "no sign-in"),
    ("organisations/access.py", "if needs_second_factor(request.role) and", "if False and", "no second factor"),
    ("organisations/access.py", "if needs_recent_sign_in(act) and", "if False and", "no recent sign-in"),
    ("organisations/queries/tenants.py", "user=user, disabled_at=None", "user=user", "kept out and yet in"),
    (
        "organisations/queries/tenants.py",
        "filter(user=user, disabled_at=None)",
        "filter(disabled_at=None)",
        "anybody's",
    ),
    ("config/administration.py", "    site.has_permission = may_administer", "    _ = may_administer", "open admin"),
]


class Mutant(NamedTuple):
    """One change of one file."""

    file: str
    line: int
    text: str  # of the whole file, changed
    what: str


def filters() -> Iterator[Mutant]:
    """Every read that says which organisation it is for, without saying so."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "migrations" in name or ("/queries" not in name and "/views" not in name and "team" not in name):
                continue
            yield from _without(name, path.read_text())


def _without(name: str, source: str) -> Iterator[Mutant]:
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    raw = source.encode()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in {"filter", "get"}:
            continue
        for word in node.keywords:
            if word.arg and word.arg.endswith("organisation"):
                begin = starts[word.lineno - 1] + word.col_offset
                value = word.value
                end = starts[(value.end_lineno or value.lineno) - 1] + (value.end_col_offset or 0)
                changed = raw[:begin] + b"**{}" + raw[end:]
                yield Mutant(name, word.lineno, changed.decode(), f"{word.arg}= in {node.func.attr}()")


def doors() -> Iterator[Mutant]:
    for name, old, new, what in DOOR:
        source = (ROOT / name).read_text()
        assert source.count(old) == 1, (name, old)
        yield Mutant(name, source[: source.index(old)].count("\n") + 1, source.replace(old, new), what)


def roles() -> Iterator[Mutant]:
    """Each act given to every role."""
    name = "organisations/rules/roles.py"
    source = (ROOT / name).read_text()
    for number, line in enumerate(source.splitlines(), start=1):
        if line.startswith("    Act.") and ": " in line:
            act = line.strip().partition(":")[0]
            yield Mutant(name, number, source.replace(line, f"    {act}: frozenset(Role),"), f"{act} for everybody")


def noticed(mutant: Mutant, tree: Path) -> bool:
    """Whether a test fails on the changed copy."""
    path = tree / mutant.file
    original = path.read_text()
    path.write_text(mutant.text)
    extra = [test for prefix, tests in MORE.items() if mutant.file.startswith(prefix) for test in tests]
    if "second factor" in mutant.what or "recent" in mutant.what or "admin" in mutant.what:
        extra += ["tests/organisations/test_second_factor.py", "tests/organisations/test_sessions.py"]
    tests = FOREIGN if mutant.what.endswith(")") else [TABLE]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *extra, *tests]
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=900)
    finally:
        path.write_text(original)
    if done.returncode not in {0, 1}:
        sys.exit(f"pytest could not run: {done.stdout[-2000:]}")
    return done.returncode == 1


def main() -> int:
    mutants = [*doors(), *roles(), *filters()]
    if "--list" in sys.argv:
        for one in mutants:
            sys.stdout.write(f"{one.file}:{one.line} {one.what}\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=lambda _, names: [name for name in names if name in LEFT_OUT])
        killed = 0
        for one in mutants:
            fate = noticed(one, tree)
            killed += fate
            sys.stdout.write(f"{'killed  ' if fate else 'SURVIVED'} {one.file}:{one.line} {one.what}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{killed}/{len(mutants)} killed\n")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
