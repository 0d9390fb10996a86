"""What a wheel of this checkout carries; nothing is built."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup_call(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What setup.py tells setuptools, of which these versions of Python bring none or any."""
    given: dict[str, Any] = {}

    class BuildPy:
        def find_package_modules(self, package: str, folder: str) -> list[tuple[str, str, str]]:
            files = sorted((ROOT / folder).glob("*.py"))
            return [(package, file.stem, str(file)) for file in files]

    def module(name: str, **content: object) -> None:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        for key, value in content.items():
            setattr(sys.modules[name], key, value)

    module("setuptools", setup=given.update)
    module("setuptools.command")
    module("setuptools.command.build_py", build_py=BuildPy)
    monkeypatch.chdir(ROOT)
    # setup() takes keywords; a dictionary's update does too.
    runpy.run_path(str(ROOT / "setup.py"))
    return given


def test_a_wheel_has_every_room_and_the_loose_modules(setup_call: dict[str, Any]) -> None:
    build = setup_call["cmdclass"]["build_py"]()
    loose = {name for _, name, _ in build.find_package_modules("limn", ".")}
    rooms = {"__init__", "api", "batch", "imports", "interpreter"}
    assert loose == rooms, "and no script of a checkout"
    for room in ("core", "media", "models", "scene", "operators", "cli"):
        for file in (ROOT / room).rglob("*.py"):
            parts = file.parent.relative_to(ROOT).parts
            if "shipped" in parts:
                continue  # presets are data: Blender runs them, nobody imports them
            assert ".".join(("limn", *parts)) in setup_call["packages"], file
    assert not [name for name in setup_call["packages"] if name.startswith("limn.tools")]


def test_a_wheel_has_the_manifest_that_tells_its_version(setup_call: dict[str, Any]) -> None:
    import tomllib

    import limn

    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert {"blender_manifest.toml", "py.typed"} <= set(data["package-data"]["limn"])
    assert setup_call["version"] == limn.__version__
    (presets,) = data["package-data"]["limn.operators.settings"]
    assert len(list((ROOT / "operators" / "settings").glob(presets))) == 3
