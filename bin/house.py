"""The rules of the house that no linter knows: sizes, own imports inside functions, broad excepts.

Sizes are in lines. Reads the product's Python files that git tracks or soon will (migrations apart), prints
the figures, and exits 1 with a line for each breach. Standard library only.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOMS = ("config", "organisations", "employees", "compliance", "reports")


class Limit(NamedTuple):
    """The most lines allowed at the ninetieth percentile and for any single one."""

    p90: int
    most: int


FILE_LIMIT = Limit(p90=200, most=500)
FUNCTION_LIMIT = Limit(p90=25, most=60)

# Ruff lets a handler pass that logs the traceback; the house wants a reason beside it as well.
EXCUSED = re.compile(r"#\s*broad:\s*\w+")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Sized = tuple[int, str]


def product_files() -> list[Path]:
    """Return the product's files in git's order; a file deleted but not yet committed is left out."""
    # Untracked files as well: a check before the commit says the same as one after it.
    kinds = ["--cached", "--others", "--exclude-standard", "--deduplicate"]
    command = ["git", "ls-files", "-z", *kinds, "--", *ROOMS]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = (Path(name) for name in listed if name.endswith(".py"))
    return [path for path in paths if "migrations" not in path.parts and path.is_file()]


def length(function: Function) -> int:
    """Return the function's lines from its `def` on (decorators apart)."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def p90(sizes: list[int]) -> int:
    """Return the value that nine tenths of the sizes do not exceed; 0 for none."""
    ordered = sorted(sizes)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))] if ordered else 0


def is_own_import(node: ast.AST) -> bool:
    """Tell whether the statement imports from one of the product's own rooms."""
    match node:
        case ast.ImportFrom(level=level, module=module):
            return level > 0 or (module or "").split(".")[0] in ROOMS
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] in ROOMS for alias in names)
    return False


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler swallows everything: bare, or of (Base)Exception, and not simply raised on."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in caught if isinstance(kind, ast.Name)}
    broad = handler.type is None or bool(names & {"Exception", "BaseException"})
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


def own_imports(path: Path, functions: Iterable[Function]) -> Iterator[str]:
    """Yield a complaint for each import of our own inside a function (a nested one's is named once).

    Not for `AppConfig.ready`: models and signal receivers can be imported only from there on.
    """
    lines = {
        node.lineno
        for function in functions
        if not (path.name == "apps.py" and function.name == "ready")
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and is_own_import(node)
    }
    for line in sorted(lines):
        yield f"{path}:{line}: an import of our own inside a function; it belongs at the top of the file"


def broad_excepts(path: Path, tree: ast.Module, lines: list[str]) -> Iterator[str]:
    """Yield a complaint for each broad except whose line gives no reason."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler) or not is_broad(node):
            continue
        if not EXCUSED.search(lines[node.lineno - 1]):
            yield f"{path}:{node.lineno}: a broad except; name the errors, or say why on its line (# broad: reason)"


def too_long(kind: str, sized: list[Sized], limit: Limit) -> Iterator[str]:
    """Print one line of figures for the kind and yield a complaint for each limit that is passed."""
    sizes = [size for size, _ in sized]
    longest, where = max(sized, default=(0, "none"))
    print(f"{len(sized)} {kind}s: p90 {p90(sizes)} lines (limit {limit.p90}),", end=" ")
    print(f"longest {longest} (limit {limit.most}): {where}")
    if p90(sizes) > limit.p90:
        yield f"p90 of {kind}s is {p90(sizes)} lines, over {limit.p90}"
    for size, name in sorted(sized, reverse=True):
        if size > limit.most:
            yield f"{name}: a {kind} of {size} lines, over {limit.most}"


def main() -> int:
    """Print the figures and the breaches; return the exit status."""
    files: list[Sized] = []
    functions: list[Sized] = []
    complaints: list[str] = []
    for path in product_files():
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source, filename=str(path))
        lines = source.splitlines()
        found = [node for node in ast.walk(tree) if isinstance(node, Function)]
        files.append((len(lines), str(path)))
        functions += [(length(node), f"{path}:{node.lineno} {node.name}") for node in found]
        complaints += [*own_imports(path, found), *broad_excepts(path, tree, lines)]
    complaints += [*too_long("file", files, FILE_LIMIT), *too_long("function", functions, FUNCTION_LIMIT)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
