# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""An imported motion whose feet slid, on characters' rigs: there they stand as well."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import core

sys.path.insert(0, str(Path(__file__).parents[1] / "core"))  # the walker, the rest poses
bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy
matrix = import_module("test_retarget_matrix")

FRAMES = matrix.FRAMES
FPS = 30.0
LIMIT_MM = 3.0


@pytest.fixture
def rigify(scene: Any) -> Iterator[None]:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    yield
    addon_utils.disable("rigify", default_set=True)


def _shaken(person: Any, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotation vectors (t, 165) and roots (t, 3) as published systems err: joints waver, the way
    drifts."""
    rotations, blur = core("geometry.rotations"), core("geometry.smoothing").blur
    rng = np.random.default_rng(seed)

    def noise(columns: int, frames: float) -> np.ndarray:
        white = rng.normal(size=(FRAMES, columns))
        slow = np.stack([blur(c, frames) for c in white.T], axis=-1)
        return slow / slow.std()

    turns = 0.02 * noise(66, 3.0) + 0.0015 * rng.normal(size=(FRAMES, 66))
    quats = person.quat_parent_joint.astype(np.float64).copy()
    turned = rotations.quat_from_matrix(rotations.exp_so3(turns.reshape(FRAMES, 22, 3)))
    quats[:, :22] = rotations.multiply_quats(quats[:, :22], turned)
    way = np.cumsum(noise(3, 8.0) * [1.0, 1.0, 0.05], axis=0) * 0.3 / FPS
    poses = rotations.rotvec_from_quat(quats).reshape(FRAMES, -1)
    return poses, person.root_xyz_world + way


def _slide_mm(xyz: dict[str, np.ndarray], contact: np.ndarray, size: float) -> float:
    """How far a truly standing foot's middle moves across the floor in a frame, of a body as large
    as the person."""
    steps = []
    for side, name in enumerate(matrix.SIDES):
        on = contact[:, 2 * side] > 0.99
        steady = np.convolve(on, np.ones(5), "same") > 4.5
        foot = (xyz[f"{name}_ankle"] + xyz[f"{name}_foot"]) / 2
        moved = np.linalg.norm(np.diff(foot[:, :2], axis=0), axis=-1)
        steps.append(moved[steady[1:] & steady[:-1]])
    return float(np.concatenate(steps).mean() * 1000) / size


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["mixamo", "metarig", "generated"])
def test_feet_stand_on_a_rig_after_an_import(
    rigify: None, tmp_path: Path, kind: str, seed: int
) -> None:
    bpy.context.scene.render.fps = 30
    walker = matrix.walking()
    poses, root = _shaken(walker, seed)
    np.savez(tmp_path / "a.npz", poses=poses, trans=root, mocap_frame_rate=FPS)
    opening = core("importing.opening")
    raw = opening.import_motion(
        tmp_path / "a.npz", core("importing.as_take").ImportSettings(is_as_it_is=True)
    )
    clean = opening.import_motion(tmp_path / "a.npz")
    figures = []
    for take in (raw, clean):
        rig = matrix.make_rig(kind, "a" if kind != "generated" else "t", 1.0)
        bone_map = matrix.module().recognise_rig(rig)
        matrix.retarget(rig, take.people[0], bone_map, plant=True)
        names = matrix.bones_of(kind, bone_map.chains)
        feet = {f"{s}_{p}" for s in matrix.SIDES for p in ("ankle", "foot")}
        xyz, _ = matrix.posed(rig, {role: n for role, n in names.items() if role in feet})
        figures.append(_slide_mm(xyz, walker.contact, 1.0))
    assert figures[1] < LIMIT_MM
    assert figures[0] > LIMIT_MM, "raw, they slide"
