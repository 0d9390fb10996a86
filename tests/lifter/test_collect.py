"""BVH files become the joints that training wants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.lifting.features import CANONICAL_M, body_size
from limn.tools.lifter.body import TO_POINTS, joint
from limn.tools.lifter.collect import Split, collect, joints_of
from limn.tools.lifter.motion import load_motion
from limn.tools.lifter.recorded import read_bvh

SPLIT = Split(frozenset({"05"}), frozenset({"02"}))

_TREE = {
    "LeftUpLeg": ("Hips", (4, 0, 0)),
    "LeftLeg": ("LeftUpLeg", (0, -17, 0)),
    "LeftFoot": ("LeftLeg", (0, -16, 0)),
    "LeftToeBase": ("LeftFoot", (0, -2, 6)),
    "RightUpLeg": ("Hips", (-4, 0, 0)),
    "RightLeg": ("RightUpLeg", (0, -17, 0)),
    "RightFoot": ("RightLeg", (0, -16, 0)),
    "RightToeBase": ("RightFoot", (0, -2, 6)),
    "Spine": ("Hips", (0, 5, 0)),
    "Spine1": ("Spine", (0, 7, 0)),
    "Neck1": ("Spine1", (0, 9, 0)),
    "Head": ("Neck1", (0, 3, 0)),
    "LeftArm": ("Spine1", (7, 7, 0)),
    "LeftForeArm": ("LeftArm", (11, 0, 0)),
    "LeftHand": ("LeftForeArm", (9, 0, 0)),
    "RightArm": ("Spine1", (-7, 7, 0)),
    "RightForeArm": ("RightArm", (-11, 0, 0)),
    "RightHand": ("RightForeArm", (-9, 0, 0)),
}
"""A T-pose facing +z, y up, in the database's odd unit."""


def _node(name: str, place: tuple[int, int, int]) -> str:
    kind = "ROOT" if name == "Hips" else "JOINT"
    channels = "6 Xposition Yposition Zposition" if name == "Hips" else "3"
    children = [n for n, (parent, _) in _TREE.items() if parent == name]
    inside = "".join(_node(child, _TREE[child][1]) for child in children)
    end = "" if children else "End Site { OFFSET 0 1 0 }"
    offset = " ".join(map(str, place))
    return (
        f"{kind} {name} {{ OFFSET {offset} CHANNELS {channels} "
        f"Zrotation Yrotation Xrotation {inside} {end} }}\n"
    )


def write_bvh(
    path: Path, frames: int = 122, turned: dict[str, tuple[float, ...]] | None = None
) -> Path:
    """Somebody who moves 1 unit a frame along x, with joints turned by (z, y, x) degrees."""
    order = ["Hips", *_walk("Hips")]
    rows = []
    for k in range(frames):
        values = [float(k), 40.0, 3.0]
        for name in order:
            values += (turned or {}).get(name, (0.0, 0.0, 0.0))
        rows.append(" ".join(map(str, values)))
    text = f"HIERARCHY\n{_node('Hips', (0, 0, 0))}MOTION\nFrames: {frames}\nFrame Time: 0.0083333\n"
    path.write_text(text + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def _walk(name: str) -> list[str]:
    out = []
    for child, (parent, _) in _TREE.items():
        if parent == name:
            out += [child, *_walk(child)]
    return out


def test_joints_hang_where_their_parents_turn_them(tmp_path: Path) -> None:
    turned = {"Hips": (0.0, 90.0, 0.0), "LeftArm": (90.0, 0.0, 0.0)}
    bvh = read_bvh(write_bvh(tmp_path / "a.bvh", turned=turned))
    assert bvh.fps == pytest.approx(120, abs=0.01)

    def at(name: str) -> np.ndarray:
        return bvh.xyz[5, bvh.names.index(name)] - bvh.xyz[5, 0]

    assert bvh.xyz[5, 0].tolist() == [5.0, 40.0, 3.0]
    assert at("LeftArm") == pytest.approx([0, 19, -7], abs=1e-9)  # left is now away
    assert at("LeftHand") == pytest.approx([0, 39, -7], abs=1e-9)  # and the arm points up
    assert at("RightHand") == pytest.approx([0, 19, 27], abs=1e-9)


def test_a_clip_becomes_upright_joints_of_canonical_size(tmp_path: Path) -> None:
    xyz = joints_of(read_bvh(write_bvh(tmp_path / "a.bvh")))
    assert xyz.shape == (31, 22, 3)  # 122 frames at 120 a second
    assert np.median(body_size(xyz[:, TO_POINTS])) == pytest.approx(CANONICAL_M)
    height = xyz[:, :, 2]
    assert np.abs(height.min(1)).max() < 0.01
    assert (height[:, joint("nose")] > height[:, joint("neck")]).all()
    assert (xyz[:, joint("nose"), 1] < xyz[:, joint("left_ear"), 1]).all()  # it faces -y
    assert (xyz[:, joint("left_ear"), 0] > xyz[:, joint("right_ear"), 0]).all()
    assert (xyz[:, joint("left_heel"), 1] > xyz[:, joint("left_ankle"), 1]).all()
    assert np.abs(height[:, joint("left_heel")] - height[:, joint("left_toe")]).max() < 0.01


def test_a_folder_is_split_by_subject(tmp_path: Path) -> None:
    for name in ("01_01", "02_01", "05_03"):
        write_bvh(tmp_path / f"{name}.bvh")
    (tmp_path / "03_01.bvh").write_text("not motion", encoding="utf-8")
    told: list[str] = []
    collect(tmp_path, tmp_path / "motion.npz", SPLIT, told.append)
    assert [("03_01.bvh" in line) for line in told] == [True]
    with np.load(tmp_path / "motion.npz") as file:
        assert file["clip"].tolist() == ["01_01", "05_03"]
    assert load_motion(tmp_path / "motion.npz", "train").length.tolist() == [31]
    assert load_motion(tmp_path / "motion.npz", "validation").length.tolist() == [31]


def test_a_folder_without_motion_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no BVH or AMC file"):
        collect(tmp_path, tmp_path / "motion.npz", SPLIT, print)


def test_a_skeleton_without_arms_is_refused_by_name(tmp_path: Path) -> None:
    path = write_bvh(tmp_path / "a.bvh")
    path.write_text(path.read_text("utf-8").replace("LeftForeArm", "Tentacle"), encoding="utf-8")
    with pytest.raises(ValueError, match="no joint is the left ForeArm"):
        joints_of(read_bvh(path))


@pytest.mark.parametrize("kept", [0.1, 0.6, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: float) -> None:
    path = write_bvh(tmp_path / "a.bvh")
    text = path.read_text("utf-8")
    path.write_text(text[: int(kept * len(text))], encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.bvh is no complete BVH file"):
        read_bvh(path)
