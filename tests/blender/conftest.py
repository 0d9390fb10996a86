"""Limn as a real extension inside Blender's Python module, loaded once for all tests here.

The extension machinery wants a folder named like the manifest's id inside a local repository: a
temporary folder with a link serves, so the checkout may be called anything.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

# Tests are imported one by one (--import-mode=importlib); what they share is found beside them.
sys.path.insert(0, str(Path(__file__).parent))
from blender_takes import MODULE

ROOT = Path(__file__).resolve().parents[2]

# Before the first import of bpy, or tests would write into the user's own configuration.
_USER = tempfile.TemporaryDirectory(prefix="limn-blender-")
os.environ["BLENDER_USER_RESOURCES"] = _USER.name


@pytest.fixture(scope="session")
def extension() -> Iterator[ModuleType]:
    """The enabled extension; left enabled, Blender 4.5's module hangs when Python exits."""
    bpy = pytest.importorskip("bpy")
    import addon_utils

    repository = Path(_USER.name) / "repository"
    repository.mkdir()
    (repository / "limn").symlink_to(ROOT, target_is_directory=True)
    bpy.context.preferences.extensions.repos.new(
        name="Limn development", module="limn_dev", custom_directory=str(repository), source="USER"
    )
    errors: list[Exception] = []
    module = addon_utils.enable(MODULE, default_set=True, handle_error=errors.append)
    assert not errors, errors
    assert module is not None
    yield module
    addon_utils.disable(MODULE, default_set=True)


@pytest.fixture
def scene(extension: ModuleType) -> object:
    """An empty scene; factory settings would drop the extension, so things are removed by hand."""
    import bpy

    if bpy.data.filepath:  # paths would be told relative to what another test saved
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    for blocks in (
        bpy.data.objects,
        bpy.data.collections,
        bpy.data.meshes,
        bpy.data.armatures,
        bpy.data.actions,
        bpy.data.cameras,
        bpy.data.movieclips,
        bpy.data.images,
    ):
        bpy.data.batch_remove(list(blocks))
    bpy.data.orphans_purge(do_recursive=True)  # a body is 15 MB, and hundreds are made here
    current = bpy.context.scene
    current.pop("limn_stage", None)
    for field in current.limn.bl_rna.properties:
        if not field.is_readonly:
            current.limn.property_unset(field.identifier)
    current.frame_start, current.frame_end = 1, 250
    current.render.fps, current.render.fps_base = 24, 1.0
    return current


_STATUS: list[int] = []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    _STATUS.append(int(exitstatus))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without Blender's destructors; the result is kept.

    The last thing pytest does. Those of Blender 4.5's module can wait for ever for a thread that
    never ends, whatever was unregistered before (seen after Rigify had been enabled).
    """
    bpy = sys.modules.get("bpy")
    if bpy is None or bpy.app.binary_path or not _STATUS:
        return
    _USER.cleanup()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_STATUS[-1])
