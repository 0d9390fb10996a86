"""Whole-body networks as their descriptors have them, on generated graphs with known answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ModelError
from limn.core.data.types import Region
from limn.core.decoding.metres import joint_scores
from limn.core.decoding.schemes import SCHEMES
from limn.models.networks.described_pose import cut_box, open_pose
from limn.models.user.descriptor import Descriptor, shipped_descriptors
from limn.models.user.fields import Mistake
from model_files import write
from onnx_files import constant_network, need_runtime

need_runtime()
SHIPPED = shipped_descriptors()
FLAT = [name for name, one in SHIPPED.items() if one.decoder in ("simcc", "heatmap")]
PICTURE = np.zeros((500, 400, 3), np.uint8)
REGION = Region((200.0, 250.0), 400.0, 0.0, (50.0, 0.0, 350.0, 500.0))


def _answers(descriptor: Descriptor, at: np.ndarray, score: float) -> dict[str, np.ndarray]:
    """What a network gives that sees keypoints ``at`` (n, 2) pixels of its input."""
    width, height = descriptor.input.width, descriptor.input.height

    def bell(middle: np.ndarray, bins: int, wide: float) -> np.ndarray:
        k = np.arange(bins)
        return np.exp(-0.5 * ((k - middle[:, None]) / wide) ** 2)

    if descriptor.decoder == "simcc":
        x, y = (
            score * bell(at[:, axis] * descriptor.split, round(side * descriptor.split), 2.0)[None]
            for axis, side in enumerate((width, height))
        )
        names = descriptor.outputs
        return {names["x"]: x.astype(np.float32), names["y"]: y.astype(np.float32)}
    cells = width // 4, height // 4
    if descriptor.corner_aligned:
        scale = (np.array(cells) - 1) / (np.array((width, height)) - 1)
        middle = at * scale
    else:
        middle = (at + 0.5) / 4 - 0.5
    x, y = (bell(middle[:, axis], side, 1.5) for axis, side in enumerate(cells))
    return {descriptor.outputs["heatmaps"]: score * (y[:, :, None] * x[:, None])[None]}


@pytest.mark.parametrize("name", FLAT)
def test_keypoints_land_where_the_network_saw_them(name: str, tmp_path: Path) -> None:
    shipped = SHIPPED[name]
    assert shipped.keypoints is not None
    count = len(SCHEMES[shipped.keypoints])
    size = np.array([shipped.input.width, shipped.input.height])
    rng = np.random.default_rng(len(name))
    at = (0.1 + 0.8 * rng.random((count, 2))) * size
    answers = {k: v.astype(np.float32) for k, v in _answers(shipped, at, 0.9).items()}
    height, width = shipped.input.height, shipped.input.width
    content = constant_network(answers, input_shape=(1, 3, height, width))
    network = open_pose(
        replace(
            shipped,
            input=replace(shipped.input, tensor="image"),
            sha256=None,
            size_bytes=None,
            url=None,
        ),
        write(tmp_path / "a.onnx", content),
    )
    seen = network.locate(PICTURE, REGION)
    assert seen.skeleton == SCHEMES[shipped.keypoints]
    _, A = cut_box(PICTURE, REGION, (width, height), shipped.padding)
    want = (at + 0.5) @ A[:, :2].T + A[:, 2]
    px = np.linalg.norm(A[:, 0])  # picture pixels per input pixel
    assert np.abs(seen.xy_px - want).max() < 0.6 * px, name
    assert seen.score == pytest.approx(0.9, abs=0.1)
    assert seen.presence == 1
    assert not network.worth.has_3d


@pytest.mark.parametrize("name", ["dwpose-l", "rtmw-m", "vitpose-wholebody", "sapiens-wholebody"])
def test_whole_bodies_have_133_points(name: str) -> None:
    assert SHIPPED[name].keypoints == "wholebody133"
    assert not SHIPPED[name].can_be_downloaded, "nobody vouches for it"


def _joints(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """17 joints 3 m before a camera, and their pixels of a crop."""
    xyz = rng.uniform([-0.5, -0.9, 2.6], [0.5, 0.9, 3.2], (17, 3))
    return 300 * xyz[:, :2] / xyz[:, 2:] + [96, 128], xyz


def test_joints_are_believed_where_pixels_and_metres_agree() -> None:
    rng = np.random.default_rng(2)
    pixels, xyz = _joints(rng)
    size = (192, 256)
    sure = joint_scores(pixels, xyz, size)
    assert sure.min() > 0.95
    about = xyz - xyz.mean(0)
    assert joint_scores(100 * about[:, :2] + 95, about, size).min() > 0.95, "about the hips too"
    wrong = pixels.copy()
    wrong[7] += 40
    one = joint_scores(wrong, xyz, size)
    assert one[7] < 0.3
    assert np.delete(one, 7).min() > 0.7
    nobody = joint_scores(rng.uniform(0, 192, (17, 2)), rng.normal(size=(17, 3)), size)
    assert np.median(nobody) < 0.1
    beside = joint_scores(pixels + np.array([120, 0]), xyz, size)
    assert (beside[pixels[:, 0] + 120 > 192] < 0.4).all()
    assert not joint_scores(np.zeros((17, 2)), xyz, size).any()


@pytest.mark.parametrize(
    ("role", "values", "want"),
    [("confidence", 0.8, 0.8), ("uncertainty", 20.0, 1 / 1.04), ("uncertainty", 200.0, 0.2)],
)
def test_a_network_may_tell_how_sure_it_is(
    role: str, values: float, want: float, tmp_path: Path
) -> None:
    pixels, xyz = _joints(np.random.default_rng(4))
    answers = {
        "uv": pixels[None].astype(np.float32),
        "poses3d": (1000 * xyz[None]).astype(np.float32),
        "sure": np.full((1, 17), values, np.float32),
    }
    mine = replace(
        SHIPPED["rtmpose-m"], name="nlf", decoder="joints3d", keypoints="coco17", unit_m=0.001,
        input=replace(SHIPPED["rtmpose-m"].input, tensor="image"),
        outputs={"pixels": "uv", "joints": "poses3d", role: "sure"},
        sha256=None, size_bytes=None, url=None,
    )  # fmt: skip
    content = constant_network(answers, input_shape=(1, 3, 256, 192))
    seen = open_pose(mine, write(tmp_path / "a.onnx", content)).locate(PICTURE, REGION)
    assert seen.score == pytest.approx(want, abs=0.01)
    wrong = constant_network(
        answers | {"sure": np.ones((1, 5), np.float32)}, input_shape=(1, 3, 256, 192)
    )
    with pytest.raises(ModelError, match="17 numbers"):
        open_pose(mine, write(tmp_path / "b.onnx", wrong)).locate(PICTURE, REGION)
    with pytest.raises(Mistake, match="outputs must name"):
        replace(mine, outputs={"pixels": "uv", "joints": "poses3d", "magic": "sure"})
