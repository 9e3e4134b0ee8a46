"""Every action that the program writes into the audit trail, found by reading its source.

An action is what stands as `action=` in a call, or what is handed to a function that takes an `action`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "app", "web", "delivery", "bot", "scheduler", "bulletins", "evaluation", "surveys", "reviews", "consortium",
    "outbox", "storage",
)  # fmt: skip
TRAIL = {"record", "record_all"}
_CODE = re.compile(r"(?=.{4})[a-z]+(?:_[a-z]+)*")


def written_actions() -> tuple[set[str], set[str]]:
    """(the actions, the files in which one could not be read)."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for folder in FOLDERS for path in files_in(folder)}
    shared: dict[str, int | str] = {}
    for tree in trees.values():
        shared |= {name: place for name, place in _passing(tree).items() if not name.startswith("_")}
    shared |= dict.fromkeys(TRAIL, "action")
    actions: set[str] = set()
    unread: set[str] = set()
    for path, tree in trees.items():
        found, is_whole = _of_file(tree, shared | _passing(tree))
        actions |= found
        unread |= set() if is_whole else {str(path.relative_to(ROOT))}
    return actions, unread


def files_in(folder: str) -> list[Path]:
    """The sources that may write into the trail, or hand an action to what does."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _passing(tree: ast.Module) -> dict[str, int | str]:
    """The functions of a file that take an action, and where."""
    places = {name: _place_of_action(node) for name, node in _functions(tree).items()}
    return {name: place for name, place in places.items() if place is not None}


def _of_file(tree: ast.Module, passing: dict[str, int | str]) -> tuple[set[str], bool]:
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    actions: set[str] = set()
    is_whole = True
    for scope in [*_functions(tree).values(), tree]:
        for call in _calls_in(scope):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            value = _argument(call, passing[name]) if name in passing else None
            if value is None or (isinstance(value, ast.Name) and _is_parameter(scope, value.id)):
                continue
            found = {each for each in _strings(value, constants, scope) if _CODE.fullmatch(each)}
            actions |= found
            is_whole = is_whole and (bool(found) or name not in TRAIL)
    return actions, is_whole


def _calls_in(scope: ast.AST) -> Iterator[ast.Call]:
    """The calls of a function (or of the module outside of all functions)."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += ast.iter_child_nodes(node)


def _place_of_action(function: ast.FunctionDef) -> int | str | None:
    """Where a function takes what may be an action: its place, or its name where only that counts."""
    takes = [each.arg for each in function.args.args]
    only = [each.arg for each in function.args.kwonlyargs]
    return takes.index("action") if "action" in takes else "action" if "action" in only else None


def _argument(call: ast.Call, place: int | str) -> ast.expr | None:
    named = next((each.value for each in call.keywords if each.arg == "action"), None)
    if named is not None or isinstance(place, str):
        return named
    return call.args[place] if len(call.args) > place else None


def _is_parameter(scope: ast.AST, name: str) -> bool:
    if not isinstance(scope, ast.FunctionDef):
        return False
    return name in {each.arg for each in (*scope.args.args, *scope.args.kwonlyargs)}


def _strings(value: ast.expr, constants: dict[str, ast.expr], scope: ast.AST) -> Iterator[str]:
    """Every text that an expression may come to, as far as reading tells: names are looked up one step."""
    values = [value]
    for name in (node.id for node in ast.walk(value) if isinstance(node, ast.Name)):
        values += [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign) and any(name in _names(target) for target in node.targets)
        ]
        values += [constants[name]] if name in constants else []
    for each in values:
        yield from (n.value for n in ast.walk(each) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
