"""The tree keeps its shape: which room may know which, and how big a file or function may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "media", "models", "scene", "operators", "cli", "export")
KNOWS_ROOMS = {
    "core": {"core"},
    "media": {"core", "media"},
    "models": {"core", "models"},
    "scene": {"core", "scene"},
    "operators": {"core", "scene", "operators"},
    "export": {"core", "export"},
    "cli": {"core", "media", "models", "export", "cli"},
}
KNOWS_PACKAGES = {
    "core": {"numpy"},
    "media": {"numpy", "cv2"},
    "models": {"numpy", "cv2", "onnxruntime", "certifi"},
    "scene": {"numpy", "bpy", "bmesh", "bpy_extras", "mathutils"},
    "operators": {"numpy", "bpy", "bpy_extras", "mathutils"},
    "export": {"numpy", "trimesh", "ezc3d"},
    "cli": {"numpy", "rich"},
}
OPERATORS_MAY_READ = {"models.registry", "models.descriptor", "models.library"}
HEAVY = {"cv2", "onnxruntime", "rich", "trimesh", "ezc3d"}
VAGUE_NAMES = {"utils", "util", "common", "misc", "helpers"}
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60

Import = ast.Import | ast.ImportFrom


def _sources(*folders: str) -> list[Path]:
    return sorted(f for folder in folders for f in (ROOT / folder).rglob("*.py"))


def _shown(files: list[Path]) -> list[str]:
    return [file.relative_to(ROOT).as_posix() for file in files]


def _imports(tree: ast.AST, inside_functions: bool) -> Iterator[Import]:
    """Imports of a module, without those for type checkers, with or without functions' own."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Import):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imports(node, inside_functions)


def _targets(file: Path, inside_functions: bool) -> tuple[set[str], set[str]]:
    """Modules of this package ("core.types") and top-level packages that a file imports."""
    here = file.relative_to(ROOT).with_suffix("").parts
    own: set[str] = set()
    foreign: set[str] = set()
    for node in _imports(ast.parse(file.read_text("utf-8")), inside_functions):
        if isinstance(node, ast.Import):
            foreign |= {alias.name.split(".")[0] for alias in node.names}
        elif node.level == 0:
            foreign.add((node.module or "").split(".")[0])
        else:
            base = list(here[: len(here) - node.level])
            base += (node.module or "").split(".") if node.module else []
            for alias in node.names:
                path = [*base, alias.name]
                is_module = (ROOT.joinpath(*path)).with_suffix(".py").exists()
                own.add(".".join(path if is_module or (ROOT.joinpath(*path)).is_dir() else base))
    return own, foreign


@pytest.mark.parametrize("file", _sources(*ROOMS), ids=_shown(_sources(*ROOMS)))
def test_arrows_point_one_way(file: Path) -> None:
    room = file.relative_to(ROOT).parts[0]
    own, foreign = _targets(file, inside_functions=True)
    strangers = {name for name in own if name.split(".")[0] not in KNOWS_ROOMS[room]}
    if room == "operators":
        strangers -= OPERATORS_MAY_READ
    assert not strangers, f"{room} may not know {strangers}"
    packages = foreign - KNOWS_PACKAGES[room] - set(sys.stdlib_module_names)
    assert not packages, f"{room} may not import {packages} (or imports limn by its absolute name)"


@pytest.mark.parametrize("file", _sources(*ROOMS), ids=_shown(_sources(*ROOMS)))
def test_heavy_packages_are_imported_inside_functions(file: Path) -> None:
    _, foreign = _targets(file, inside_functions=False)
    assert not foreign & HEAVY


def test_importing_everything_but_blenders_rooms_loads_no_heavy_package() -> None:
    modules = [
        "limn." + ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in _sources("core", "media", "models", "export", "cli")
        if file.name != "__main__.py"
    ]
    script = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(sorted({HEAVY | {'bpy'}!r} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "file", files := [*ROOT.glob("*.py"), *_sources(*ROOMS, "tools", "tests")], ids=_shown(files)
)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"


def test_no_module_has_a_vague_name() -> None:
    assert not [f for f in _shown(_sources(*ROOMS, "tools")) if Path(f).stem in VAGUE_NAMES]


def test_development_script_needs_the_standard_library_only() -> None:
    _, foreign = _targets(ROOT / "dev.py", inside_functions=True)
    assert foreign <= set(sys.stdlib_module_names)
