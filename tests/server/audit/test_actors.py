"""Each act of staff is recorded as theirs: a page that calls a rule with an `actor` says who it is."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from server.drills import service

SERVER = Path(__file__).resolve().parents[3] / "server"
PAGES = sorted(path for path in SERVER.rglob("*.py") if path.stem.endswith(("routes", "pages")))


def nameless(source: str, names: dict[str, object]) -> Iterator[str]:
    """Yield the calls of rules that take an `actor` and are given none, or `system`."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        rule = called(node.func, names)
        takes = {} if rule is None else inspect.signature(rule).parameters
        if "actor" not in takes or takes["actor"].default == "":  # "" is a filter of a query, not who acts
            continue
        given = {word.arg: ast.unparse(word.value) for word in node.keywords}
        given |= dict(zip(takes, map(ast.unparse, node.args), strict=False))
        if given.get("actor", "'system'") == "'system'":
            yield f"line {node.lineno}: {ast.unparse(node.func)}"


def called(func: ast.expr, names: dict[str, object]) -> Callable[..., object] | None:
    """Return the function of ours that an expression names, if it is one."""
    if isinstance(func, ast.Name):
        found = names.get(func.id)
    elif isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        found = getattr(names.get(func.value.id), func.attr, None)
    else:
        found = None
    return found if inspect.isfunction(found) and found.__module__.startswith("server.") else None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SERVER)))
def test_a_page_says_who_acts(path: Path) -> None:
    module: ModuleType = import_module(".".join(path.relative_to(SERVER.parent).with_suffix("").parts))
    assert list(nameless(path.read_text("utf-8"), vars(module))) == []


def test_a_page_that_does_not_is_seen() -> None:
    """The control."""
    planted = "service.create_day(db, new)\nservice.remove_session(db, key, actor='system')\nservice.list_days(db)"
    found = ["line 1: service.create_day", "line 2: service.remove_session"]
    assert list(nameless(planted, {"service": service})) == found
    assert list(nameless("service.create_day(db, new, actor=who.actor)", {"service": service})) == []


def test_there_are_pages_to_look_at() -> None:
    assert len(PAGES) > 15
