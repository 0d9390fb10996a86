"""A file that was cut anywhere is told from a whole one, in every format that Limn writes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.writing import write_npz
from limn.core.data.writing.wholeness import is_whole
from limn.core.formats.pointcache import save_mdd, save_pc2
from limn.media.writing.writers import open_writer

_CUTS = 40
_ROUGH = {".json": 1, ".bvh": 1, ".usda": 12, ".c3d": 512}
"""How many bytes at the end say nothing, or may be only padding."""


def _picture(path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 48, 64, 3), np.uint8)
    with open_writer(path, 25.0, (64, 48)) as writer:
        for bgr in pictures[: 1 if path.suffix == ".png" else 3]:
            writer.write(bgr)


def _meshes() -> list[np.ndarray]:
    return [np.full((7, 3), n, np.float32) for n in range(5)]


def _plain_blend(path: Path) -> None:
    # The heads of blocks since Blender 5, and of 64-bit Blenders before.
    size = 32 if path.stem == "new" else 24
    path.write_bytes(b"BLENDER-v405" + b"\1" * 900 + b"ENDB" + b"\0" * (size - 4))


_WRITERS: dict[str, Callable[[Path], object]] = {
    "a.npz": lambda path: write_npz(path, {"a": np.arange(500)}),
    "a.smpl": lambda path: write_npz(path, {"a": np.arange(500)}),
    "a.usdz": lambda path: write_npz(path, {"a": np.arange(500)}, is_packed=False),
    "a.png": _picture,
    "a.gif": _picture,
    "a.mp4": _picture,
    "a.pc2": lambda path: save_pc2(path, iter(_meshes()), 7, 5),
    "a.mdd": lambda path: save_mdd(path, iter(_meshes()), 7, np.arange(5.0)),
    "a.json": lambda path: path.write_text('{"a": [1, 2, 3], "b": 4.5}\n', "utf-8"),
    "a.bvh": lambda path: path.write_text("HIERARCHY\nMOTION\n1 2 3\n", "utf-8"),
    "a.usda": lambda path: path.write_text('#usda 1.0\n\ndef "a"\n{\n    b = 1\n}\n\n', "utf-8"),
    "old.blend": _plain_blend,
    "new.blend": _plain_blend,
}


def assert_cuts_are_seen(path: Path) -> None:
    assert is_whole(path, path.name)
    data = path.read_bytes()
    end = len(data) - _ROUGH.get(path.suffix, 0)
    for cut in sorted({*np.linspace(0, end - 1, _CUTS).astype(int).tolist(), end - 1}):
        if path.suffix in (".bvh", ".json") and data[:cut].endswith((b"\n", b"}", b"]")):
            continue  # text may end with any line
        path.write_bytes(data[:cut])
        assert not is_whole(path, path.name), f"cut to {cut} of {len(data)} bytes"
    path.write_bytes(data)


@pytest.mark.parametrize("name", _WRITERS)
def test_cut_files_are_seen(tmp_path: Path, name: str) -> None:
    _WRITERS[name](tmp_path / name)
    assert_cuts_are_seen(tmp_path / name)


def test_altered_bytes_of_an_archive_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_npz(path, {"a": np.random.default_rng(0).random(500)})
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    assert not is_whole(path, path.name)


def test_empty_foreign_and_missing_files_are_never_whole(tmp_path: Path) -> None:
    for name in (*_WRITERS, "a.glb", "a.fbx", "a.abc", "a.usdc", "a.c3d", "a.ply", "a.xyz"):
        path = tmp_path / name
        assert not is_whole(path, name)
        path.touch()
        assert not is_whole(path, name)
        path.write_bytes(gzip.compress(b"something else entirely") * 9 + b"\xff")
        assert is_whole(path, name) == (name == "a.xyz")
        path.unlink()


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".glb"])
def test_cut_meshes_are_seen(tmp_path: Path, suffix: str) -> None:
    trimesh: Any = pytest.importorskip("trimesh")
    path = tmp_path / f"a{suffix}"
    path.write_bytes(_bytes(trimesh.creation.icosphere().export(file_type=suffix[1:])))
    if suffix == ".obj":
        assert is_whole(path, path.name) == path.read_bytes().endswith(b"\n")
        return
    assert_cuts_are_seen(path)


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def test_cut_markers_are_seen(tmp_path: Path) -> None:
    ezc3d: Any = pytest.importorskip("ezc3d")
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [30]
    file["parameters"]["POINT"]["LABELS"]["value"] = ["a", "b"]
    file["data"]["points"] = np.ones((4, 2, 90))
    file.write(str(tmp_path / "a.c3d"))
    assert_cuts_are_seen(tmp_path / "a.c3d")


@pytest.mark.bpy
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Blender's own exporters
@pytest.mark.parametrize("suffix", [".fbx", ".glb", ".usdc", ".usd", ".abc", ".ply", ".blend"])
def test_cut_files_of_blender_are_seen(tmp_path: Path, suffix: str) -> None:
    bpy: Any = pytest.importorskip("bpy")
    path = tmp_path / f"a{suffix}"
    bpy.ops.mesh.primitive_monkey_add()
    ops = {
        ".fbx": bpy.ops.export_scene.fbx,
        ".glb": bpy.ops.export_scene.gltf,
        ".usdc": bpy.ops.wm.usd_export,
        ".usd": bpy.ops.wm.usd_export,
        ".abc": bpy.ops.wm.alembic_export,
        ".ply": bpy.ops.wm.ply_export,
    }
    if suffix == ".blend":
        blocks = {bpy.context.view_layer.objects.active}
        bpy.data.libraries.write(str(path), blocks, compress=True)
    elif suffix == ".abc":
        ops[suffix](filepath=str(path), as_background_job=False)
    else:
        ops[suffix](filepath=str(path))
    bpy.data.objects.remove(bpy.context.view_layer.objects.active)
    assert_cuts_are_seen(path)
    if suffix == ".blend":
        data = path.read_bytes()
        path.write_bytes(data[:500] + data[600:])
        assert not is_whole(path, path.name), "frames are shorter than the table says"
        plain = tmp_path / "plain.blend"
        bpy.data.libraries.write(str(plain), {bpy.context.scene}, compress=False)
        assert_cuts_are_seen(plain)
