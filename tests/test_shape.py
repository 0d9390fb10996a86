"""The tree keeps its shape: which room may know which, and how big a file or function may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "media", "models", "scene", "operators", "cli")
KNOWS_ROOMS = {
    "core": {"core"},
    "media": {"core", "media"},
    "models": {"core", "models"},
    "scene": {"core", "scene"},
    "operators": {"core", "scene", "operators"},
    "cli": {"core", "media", "models", "cli"},
}
# Inside core too: each of its rooms, and the rooms that it may know.
CORE_KNOWS = {
    "data": set[str](),
    "geometry": {"data"},
    "decoding": {"data"},
    "bodies": {"data", "geometry"},
    "lifting": {"data"},
    "hands": {"data", "geometry"},
    "faces": {"data", "geometry"},
    "perspective": {"data", "geometry"},
    "gallery": {"data", "geometry"},
    "evaluation": {"data", "geometry", "hands", "faces"},
    "retargeting": {"data", "geometry"},
    "tracking": {"data", "geometry"},
    "solving": {"data", "geometry", "hands", "faces", "lifting", "perspective"},
    "together": {"data", "geometry", "hands", "faces", "solving"},
    "depth": {"data", "geometry", "solving"},
    "baselines": {"data", "geometry", "perspective", "depth", "solving"},
    "formats": {"data", "geometry", "bodies", "hands"},
    "importing": {
        *("data", "geometry", "bodies", "solving", "formats", "evaluation", "retargeting"),
        *("decoding", "hands", "faces", "tracking"),
    },
    "editing": {"data", "geometry", "formats", "retargeting"},
    "pipeline": {
        *("data", "geometry", "decoding", "lifting", "perspective", "tracking", "solving"),
        *("depth", "baselines", "evaluation", "hands", "faces", "together", "bodies", "importing"),
    },
}
KNOWS_PACKAGES = {
    "core": {"numpy"},
    "media": {"numpy", "cv2", "av"},
    "models": {"numpy", "cv2", "onnxruntime", "certifi"},
    "scene": {"numpy", "bpy", "bmesh", "bpy_extras", "mathutils"},
    "operators": {"numpy", "bpy", "bpy_extras", "bl_operators", "bl_ui", "blf", "mathutils"},
    "cli": {"numpy", "rich", "distributed"},
}
API_KNOWS = {"core", "media", "models", "scene.child_blender", "scene.headless"}
"""What the Python API may know; of Blender's room what needs no bpy."""
ROOT_MODULES = {"interpreter"}
"""Loose modules of the package that every room but core may know."""
OPERATORS_MAY_READ = {"models.registry", "models.user.descriptor", "models.user.library"}
# Formats that only another library writes; who exports them installs it.
FORMAT_LIBRARIES = {"core/formats/c3d.py": {"ezc3d"}, "core/formats/mesh.py": {"trimesh"}}
MAX_LOOSE_FILES = 12
HEAVY = {"cv2", "av", "onnxruntime", "rich", "trimesh", "ezc3d", "distributed"}
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
    if room != "core":
        strangers -= ROOT_MODULES
    if room == "cli":
        strangers -= {"api", "imports"}
    assert not strangers, f"{room} may not know {strangers}"
    allowed = KNOWS_PACKAGES[room] | FORMAT_LIBRARIES.get(file.relative_to(ROOT).as_posix(), set())
    packages = foreign - allowed - set(sys.stdlib_module_names)
    assert not packages, f"{room} may not import {packages} (or imports limn by its absolute name)"


@pytest.mark.parametrize("name", ["api.py", "imports.py"])
def test_the_api_knows_no_room_above_it(name: str) -> None:
    own, foreign = _targets(ROOT / name, inside_functions=True)
    late = set(re.findall(r'"([\w.]+):\w+"', (ROOT / name).read_text("utf-8")))
    assert late or name != "api.py", "the API's late names"
    strangers = {
        name
        for name in (own | late) - {"api", "imports"}
        if not any(f"{name}.".startswith(f"{known}.") for known in API_KNOWS)
    }
    assert not strangers, f"the API may not know {strangers}"
    assert foreign <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", _sources("core"), ids=_shown(_sources("core")))
def test_arrows_point_one_way_inside_core(file: Path) -> None:
    inside = file.relative_to(ROOT / "core").parts
    if len(inside) == 1:
        return
    own, _ = _targets(file, inside_functions=True)
    known = {name.split(".")[1] for name in own if name.count(".")} - {inside[0]}
    strangers = known - CORE_KNOWS[inside[0]]
    assert not strangers, f"core/{inside[0]} may not know {strangers}"


def test_the_order_of_cores_rooms_has_no_circle() -> None:
    left = dict(CORE_KNOWS)
    while free := [room for room, knows in left.items() if not knows & left.keys()]:
        for room in free:
            del left[room]
    assert not left


def test_core_has_no_loose_files() -> None:
    # Scripts that followed the documentation import these two names.
    kept = {"__init__.py", "take.py", "kinematics.py"}
    assert {f.name for f in (ROOT / "core").glob("*.py")} == kept


@pytest.mark.parametrize("room", ROOMS)
def test_folders_of_a_room_know_each_other_one_way(room: str) -> None:
    for folder in sorted({file.parent for file in _sources(room)}):
        knows: dict[str, set[str]] = {}
        prefix = folder.relative_to(ROOT).parts
        for file in folder.rglob("*.py"):
            inside = file.relative_to(folder).parts
            if len(inside) == 1:
                continue  # loose files may stand above and below their neighbours' folders
            own, _ = _targets(file, inside_functions=True)
            paths = [tuple(name.split(".")) for name in own]
            below = [p[len(prefix)] for p in paths if p[: len(prefix)] == prefix != p]
            folders = {name for name in below if (folder / name).is_dir()}
            knows.setdefault(inside[0], set()).update(folders - {inside[0]})
        while free := [name for name, others in knows.items() if not others & knows.keys()]:
            for name in free:
                del knows[name]
        assert not knows, f"circle in {folder.relative_to(ROOT)}: {knows}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_is_crowded(room: str) -> None:
    for folder in {file.parent for file in _sources(room)}:
        loose = [f for f in folder.glob("*.py") if f.name != "__init__.py"]
        assert len(loose) <= MAX_LOOSE_FILES, f"{folder.relative_to(ROOT)} has {len(loose)} files"


@pytest.mark.parametrize("file", _sources(*ROOMS), ids=_shown(_sources(*ROOMS)))
def test_heavy_packages_are_imported_inside_functions(file: Path) -> None:
    _, foreign = _targets(file, inside_functions=False)
    assert not foreign & HEAVY


def test_importing_everything_but_blenders_rooms_loads_no_heavy_package() -> None:
    modules = [
        "limn." + ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in _sources("core", "media", "models", "cli")
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


def test_one_module_loads_the_package_from_its_folder() -> None:
    files = [*ROOT.glob("*.py"), *_sources(*ROOMS)]
    assert [f.name for f in files if "submodule_search_locations" in f.read_text("utf-8")] == [
        "interpreter.py"
    ]


def test_development_script_needs_the_standard_library_only() -> None:
    _, foreign = _targets(ROOT / "dev.py", inside_functions=True)
    assert foreign <= set(sys.stdlib_module_names)
