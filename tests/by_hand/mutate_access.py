"""Takes away one guard or one organisation's filter after the other and asks the access tests whether they notice.

    .venv/bin/python -m tests.by_hand.mutate_access [--list] [--walls-off] [WORD]

A mutant is a copy of the tree in which one keyword `organisation=…`, `…__organisation=…` or `organisation_id=…` of a
query is gone, in any room, or one line of the door (organisations/access.py, rules/roles.py) or of the wall lets
through what it stopped. With `--walls-off` unscoped queries do not raise, so that the tests alone must notice. WORD:
only mutants whose file or text has it. First every test says which functions it reaches; then a mutant meets only those
that reach its own, on a database made once, until the first fails. Prints each with its fate, and kills/total at the
end; exits 1 when one survived.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
READS = {"filter", "get", "exclude", "get_or_create", "update_or_create"}
ROOMS = ("organisations", "employees", "compliance", "reports")
LEFT_OUT = {".git", ".venv", "var", "node_modules", "__pycache__"}
# What meets a mutant in no function that a test calls: what runs once, when a process starts.
DOOR_TESTS = [
    "tests/organisations/test_access.py",
    "tests/organisations/test_log_page.py",
    "tests/organisations/test_members.py",
    "tests/organisations/test_second_factor.py",
    "tests/organisations/test_sessions.py",
    "tests/organisations/test_walls.py",
    "tests/reports/test_team.py",
    "tests/reports/test_log_as_of.py",
]
# Long, and about rules, files or the look: no organisation's rows are asked for that others do not ask for.
LEFT_ALONE = [
    "tests/test_benchmarks.py",
    "tests/journey",
    "tests/config",
    "tests/attestations/test_browser.py",
    "tests/attestations/test_words.py",
    "tests/campaigns/test_smtp.py",
    "tests/catalogue/test_decision_table.py",
    "tests/catalogue/test_rules.py",
    *(f"tests/employees/test_{name}.py" for name in ("any_bytes", "bombs", "corpus", "nobody_is_lost", "spellings")),
    *(f"tests/organisations/test_{name}.py" for name in ("browsers", "merkle", "passkeys", "tampering", "timestamps")),
    "tests/organisations/test_workplace_in_words.py",
    *(f"tests/reports/test_{name}.py" for name in ("annex", "disclosure", "headline", "languages", "signature")),
]

DOOR = [
    ("organisations/access.py", "    if found is None:\n        raise Http404\n", "", "an unknown organisation"),
    ("organisations/access.py", "if not request.may(act):", "if False:", "no role"),
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
    ("organisations/access.py", "with within(found.organisation.pk):", "if True:", "a guard without walls"),
    ("organisations/access.py", "return held(response)", "return response", "a stream outside the walls"),
    ("organisations/middleware.py", "within(NOBODY if", "within(EVERYBODY if", "everybody's before the guard"),
    ("config/compilers.py", "        check(self.query)\n", "        pass\n", "a wall that does not ask"),
    ("config/compilers.py", "check_new(self.query.objs)", "pass", "a wall that takes any new row"),
    ("employees/services/writing.py", "AND organisation_id = %s", "AND %s > 0", "anybody's row is written"),
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
            if "migrations" in name:
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
        if node.func.attr not in READS:
            continue
        for word in node.keywords:
            if word.arg and word.arg.endswith(("organisation", "organisation_id")):
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


def _pytest(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--reuse-db", *arguments]
    return subprocess.run(
        command, cwd=tree, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=3600
    )


def reached(tree: Path) -> dict[str, list[str]]:
    """Test → the functions that it reaches, as `file:first line`. The tests must pass as the code stands."""
    notes = tree / "var" / "reached"
    notes.mkdir(parents=True)
    together = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile"]
    kept = [f"--ignore={name}" for name in LEFT_ALONE]
    done = _pytest(tree, "--create-db", *together, "-p", "tests.by_hand.reached", *kept, REACHED=str(notes))
    if done.returncode:
        sys.exit(f"the tests do not pass without a mutant: {done.stdout[-2000:]}")
    found: dict[str, list[str]] = {}
    for path in notes.glob("*.json"):
        found |= json.loads(path.read_text())
    return found


def functions_of(mutant: Mutant) -> set[str]:
    """Those that the change is in, as `file:first line`, decorators included; none where it is in no function."""
    functions = (
        node
        for node in ast.walk(ast.parse((ROOT / mutant.file).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {
        f"{mutant.file}:{begin}"
        for node, begin in (
            (node, min([node.lineno, *(item.lineno for item in node.decorator_list)])) for node in functions
        )
        if (begin if node.decorator_list else node.body[0].lineno) <= mutant.line <= (node.end_lineno or node.lineno)
    }


def noticed(mutant: Mutant, tree: Path, by_test: dict[str, list[str]]) -> bool:
    """Whether a test fails on the changed copy. What no test reaches, none notices."""
    own = functions_of(mutant)
    tests = [test for test, reaches in by_test.items() if own & set(reaches)]
    # Neighbours ask alike: in an order of chance, but always the same, the one that notices comes early.
    tests.sort(key=lambda test: sha256(test.encode()).digest())
    if not own or (not tests and mutant.what in {what for *_, what in DOOR}):
        tests = [name for name in DOOR_TESTS if name not in LEFT_ALONE]
    if not tests:
        return False
    path = tree / mutant.file
    original = path.read_text()
    path.write_text(mutant.text)
    try:
        done = _pytest(tree, "-x", *tests)
    finally:
        path.write_text(original)
    if done.returncode not in {0, 1}:
        sys.exit(f"pytest could not run: {done.stdout[-2000:]}")
    return done.returncode == 1


def trees(first: Path) -> Queue[Path]:
    """One for each core, with a database of its own."""
    found: Queue[Path] = Queue()
    found.put(first)
    for number in range(1, os.cpu_count() or 1):
        found.put(Path(shutil.copytree(first, first.with_name(f"tree-{number}"))))
    return found


def in_turn(mutants: Sequence[Mutant], free: Queue[Path], by_test: dict[str, list[str]]) -> Iterator[bool]:
    """Each mutant's fate, printed when it is known."""

    def fate(mutant: Mutant) -> bool:
        tree = free.get()
        try:
            killed = noticed(mutant, tree, by_test)
        finally:
            free.put(tree)
        sys.stdout.write(f"{'killed  ' if killed else 'SURVIVED'} {mutant.file}:{mutant.line} {mutant.what}\n")
        sys.stdout.flush()
        return killed

    with ThreadPoolExecutor(free.qsize()) as pool:
        yield from pool.map(fate, mutants)


def _prepare(tree: Path) -> None:
    """A database with one name for all runs; without walls where they shall not help."""
    changes = [("config/env.py", "test-{os.getpid()}.sqlite3", "test-mutants.sqlite3")]
    if "--walls-off" in sys.argv:
        changes.append(("organisations/walls.py", "    if query.combinator or _pins(", "    if True or _pins("))
    for name, old, new in changes:
        source = (tree / name).read_text()
        assert source.count(old) == 1, (name, old)
        (tree / name).write_text(source.replace(old, new))


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    mutants = [
        one for one in (*doors(), *roles(), *filters()) if all(word in f"{one.file} {one.what}" for word in words)
    ]
    if "--walls-off" in sys.argv:
        LEFT_ALONE.extend(["tests/organisations/test_walls.py", "tests/organisations/test_row_walls.py"])
        mutants = [one for one in mutants if "wall" not in one.what]
    if "--list" in sys.argv:
        for one in mutants:
            sys.stdout.write(f"{one.file}:{one.line} {one.what}\n")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=lambda _, names: [name for name in names if name in LEFT_OUT])
        _prepare(tree)
        by_test = reached(tree)
        killed = sum(in_turn(mutants, trees(tree), by_test))
    sys.stdout.write(f"{killed}/{len(mutants)} killed\n")
    return 0 if killed == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
