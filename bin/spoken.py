"""The English sentences in modules that write for a reader they do not know, as entries of a catalogue.

Beside what is marked for translation, each constant or f-string that reads like a sentence, with `%(name)s` where a
value stands. `organisations.told` recognises them again. No Django, no side effects; used by bin/messages.py.
"""

import ast
import re
from collections.abc import Iterator

MARKS = {"_", "gettext", "gettext_lazy", "noop", "ngettext", "pgettext", "pgettext_lazy", "ngettext_lazy", "npgettext"}
_QUIET = {"logger", "re", "logging"}  # whose arguments nobody reads, or not as words
_WORDS = re.compile(r"[A-Za-z“][\w’'“”]* [\w“”%(]|^[A-Z][a-z]+\.?$")
_SQL = "CREATE|DROP|SELECT|UPDATE|INSERT|DELETE|FROM|MAIL FROM|COPY|WITH|FOR UPDATE|UNION|SUM|COALESCE|COUNT|PRAGMA"
_NOT_WORDS = re.compile(rf"\\[bdws(]|\.\{{|\(\?|^\s*({_SQL})\b|<[a-z?/]|^[\w.-]+/")
_FORMAT = re.compile(r"\{(\w*)\}")


def spoken(source: str) -> Iterator[tuple[int, str]]:
    """The line and the msgid of each sentence."""
    tree = ast.parse(source)
    silent = _silent(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            silent.update(id(part) for part in ast.walk(node))
            text = _joined(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = _FORMAT.sub(lambda match: f"%({match[1] or 'value'})s", node.value)
        else:
            continue
        bare = re.sub(r"%\(\w+\)s", "", text)
        if _WORDS.search(text) and re.search(r"[A-Za-z]{2}", bare) and not _NOT_WORDS.search(text):
            yield node.lineno, text.strip()


def _silent(tree: ast.Module) -> set[int]:
    """Docstrings, what is marked already, keys of dictionaries, what goes to a log or guards the programmer."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        elif isinstance(node, ast.Dict):
            found.update(id(key) for key in node.keys if key is not None)
        elif isinstance(node, ast.Assert) and node.msg:
            found.update(id(part) for part in ast.walk(node.msg))
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            found.update(id(part) for part in ast.walk(node.value))
        elif isinstance(node, ast.Call) and _called(node.func) & (MARKS | _QUIET):
            found.update(id(part) for part in ast.walk(node))
        elif isinstance(node, (ast.AnnAssign, ast.FunctionDef, ast.arg)):
            note = getattr(node, "annotation", None) or getattr(node, "returns", None)
            found.update(id(part) for part in ast.walk(note)) if note else None
    return found


def _called(function: ast.expr) -> set[str]:
    names = {function.id} if isinstance(function, ast.Name) else set()
    if isinstance(function, ast.Attribute):
        names = {function.attr} | ({function.value.id} if isinstance(function.value, ast.Name) else set())
    return names


def _joined(node: ast.JoinedStr) -> str:
    used: dict[str, str] = {}
    text = ""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            text += f"%({_gap(part.value, used)})s"
        elif isinstance(part, ast.Constant):
            text += str(part.value)
    return text


def _gap(value: ast.expr, used: dict[str, str]) -> str:
    """A gap's name, from the last name of the expression in it; the same expression gets the same gap."""
    code = ast.unparse(value)
    names = re.findall(r"[a-z_]\w*", re.sub(r"'[^']*'|\bfor .*", "", code), re.IGNORECASE)
    plain = [name.strip("_") for name in names if name not in {"len", "str", "int", "if", "else", "join"}]
    name = base = (plain or ["value"])[-1].lower() or "value"
    number = 2
    while name in used.values() and used.get(code) != name:
        name, number = f"{base}{number}", number + 1
    return used.setdefault(code, name)
