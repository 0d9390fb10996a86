"""ONNX Runtime is imported in one place, where its telemetry is switched off first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

_DOOR = ("models", "onnx_runtime.py")
_NOT_OURS = {"build", "dist", "out", "node_modules"}
_RUNTIME = "onnxruntime"
_IMPORT = re.compile(rf"(?:^|;)\s*(?:import|from)\b[^\n]*\b{_RUNTIME}\b", re.MULTILINE)


def _own_files(*suffixes: str) -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_ours = not any(part.startswith(".") or part in _NOT_OURS for part in parts)
        if is_ours and path.suffix in suffixes and path.is_file():
            yield path


def _imports_runtime(node: ast.AST) -> bool:
    """By a statement, by a call with the module's name, or in the text of a script."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == _RUNTIME for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.level == 0 and (node.module or "").split(".")[0] == _RUNTIME
    if isinstance(node, ast.Call):
        given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        return any(str(value).split(".")[0] == _RUNTIME for value in given)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(_IMPORT.search(node.value))
    )


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from _at_run_time(child)


def test_one_place_alone_imports_onnx_runtime() -> None:
    importers = {
        path.relative_to(ROOT)
        for path in _own_files(".py")
        if any(map(_imports_runtime, _at_run_time(ast.parse(path.read_text("utf-8")))))
    }
    importers |= {
        path.relative_to(ROOT)
        for path in _own_files(".md", ".toml", ".yml", ".yaml", ".sh")
        if _IMPORT.search(path.read_text("utf-8"))
    }
    assert importers == {Path(*_DOOR)}


@pytest.mark.parametrize(
    "code",
    [
        f"def f():\n    import {_RUNTIME} as o",
        f"from {_RUNTIME}.capi import x",
        f"import_module('{_RUNTIME}')",
        f"pytest.importorskip('{_RUNTIME}.capi')",
        f"script = '''\nimport sys, {_RUNTIME}\n'''",
        f"run(python, '-c', 'import bpy; import cv2, {_RUNTIME}')",
    ],
)
def test_no_way_round_is_overlooked(code: str) -> None:
    assert any(map(_imports_runtime, _at_run_time(ast.parse(code))))
