"""Models of the user's from the folder to the take; the shipped keypoints alone on real frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from centernet_maps import centernet_maps
from fake_networks import FRAMES, SIZE_PX, Result, Stage
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17, joint
from limn.core.data.take_file import load_take
from limn.core.data.types import Take
from limn.core.decoding.placement import letterboxed
from limn.core.geometry.camera import project
from limn.core.geometry.kinematics import person_joints_world
from limn.models.user.descriptor import Descriptor, ModelInput
from limn.models.user.library import Library
from onnx_files import constant_network

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
INPUT_PX = 256
NAMES = ("centers", "sizes", "center_offsets", "joints", "joint_heatmaps", "joint_offsets")
CENTERNET = Descriptor(
    name="my-centernet", title="Mine", job="people", decoder="centernet", file="mine.onnx",
    licence="CC0", credit="-", good_for="tests", keypoints="coco17",
    input=ModelInput(INPUT_PX, INPUT_PX, fit="center"), outputs={name: name for name in NAMES},
)  # fmt: skip
Limn = Callable[..., Result]


@pytest.fixture
def standing(truth: Take) -> np.ndarray:
    """COCO's joints (17, 2) of somebody in the clip's pictures."""
    columns = [BLAZEPOSE_33.index(name) for name in COCO_17]
    return Stage(truth).pixels[0][FRAMES // 2][columns]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    return Library(tmp_path / "models")


def test_a_centernet_of_the_users_makes_a_take(
    limn: Limn, clip: Path, standing: np.ndarray, library: Library
) -> None:
    placement = letterboxed(SIZE_PX, (INPUT_PX, INPUT_PX))
    maps = centernet_maps(standing[None], placement, 4)
    file = clip.with_name("mine.onnx")
    file.write_bytes(constant_network(maps, (1, 3, INPUT_PX, INPUT_PX)))
    library.add_file(file, CENTERNET)
    output = clip.with_name("out.take.npz")
    result = limn("estimate", clip, "-o", output, "--estimator", "my-centernet")
    assert result.code == 0, result.err
    take = load_take(output)
    assert take.settings["estimator"] == "my-centernet"
    (person,) = take.people
    assert len(person.frames) == FRAMES
    off_px = np.abs(person.xy_skeleton.select(COCO_17).of(person.xy_px) - standing)
    assert np.median(off_px) < 0.01
    assert off_px.max() < 3, "of two joints in one cell, only one's place is told exactly"
    limbs = [f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "elbow", "hip", "knee")]
    posed = project(take.camera, person_joints_world(person)[:, [joint(name) for name in limbs]])
    seen = standing[[COCO_17.index(name) for name in limbs]]
    assert np.median(np.linalg.norm(posed - seen, axis=-1)) < 0.04 * np.ptp(standing[:, 1])


def test_a_model_that_is_gone_or_altered_stops_the_run_with_one_sentence(
    limn: Limn, clip: Path, standing: np.ndarray, library: Library
) -> None:
    maps = centernet_maps(standing[None], letterboxed(SIZE_PX, (INPUT_PX, INPUT_PX)), 4)
    file = clip.with_name("mine.onnx")
    file.write_bytes(constant_network(maps, (1, 3, INPUT_PX, INPUT_PX)))
    library.add_file(file, CENTERNET)
    stored = library.file_of("my-centernet")
    content = stored.read_bytes()
    output = clip.with_name("out.take.npz")
    for broken in (content[:-9], content[:-9] + b"123456789", b""):
        stored.write_bytes(broken)
        result = limn("estimate", clip, "-o", output, "--estimator", "my-centernet")
        assert result.code == 4
        assert result.err.startswith(f"limn: The network {stored}")
        assert result.err.count("\n") == 1
        assert not output.exists()
    stored.unlink()
    assert limn("estimate", clip, "-o", output, "--estimator", "my-centernet").code == 4


@pytest.mark.networks
def test_keypoints_alone_follow_a_real_walk(limn: Limn, tmp_path: Path) -> None:
    output = tmp_path / "park.take.npz"
    options = ("--estimator", "movenet", "--quality", "fast", "--last-frame", "24")
    result = limn("estimate", EXAMPLES / "park.mp4", "-o", output, *options, "--fov", "38.7")
    assert result.code == 0, result.err
    take = load_take(output)
    walker = max(take.people, key=lambda person: len(person.frames))
    assert len(walker.frames) >= 24
    limbs = [f"{s}_{p}" for s in ("left", "right") for p in ("elbow", "hip", "knee", "ankle")]
    xyz = person_joints_world(walker)[:, [joint(name) for name in limbs]]
    posed = project(take.camera, xyz)
    seen = walker.xy_skeleton.select(limbs).of(walker.xy_px)
    assert np.median(np.linalg.norm(posed - seen, axis=-1)) < 10
    feet = person_joints_world(walker)[:, [joint("left_foot"), joint("right_foot")], 2]
    assert np.abs(np.median(feet.min(1))) < 0.08, "the walker is on the floor"
    depth = np.ptp(xyz[..., 1], axis=1)
    assert depth.max() > 0.15, "the lifter gave the body a depth"
