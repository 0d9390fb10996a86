"""CenterNet's maps: everybody is found exactly, and nothing in nothing."""

from __future__ import annotations

import numpy as np
import pytest
from centernet_maps import centernet_maps
from limn.core.data.errors import ModelError
from limn.core.data.types import Detections
from limn.core.decoding.centernet import CHANNELS, decode_centernet
from limn.core.decoding.placement import letterboxed

SIZES = [(640, 360), (479, 641)]


def _people(picture_px: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Three people (3, 17, 2) in picture pixels, side by side along the longer side.

    Joints keep a distance: of two in one cell, CenterNet can tell the place of one only.
    """
    longer = int(np.argmax(picture_px))
    apart = max(picture_px) / 40
    placed: list[np.ndarray] = []
    while len(placed) < 51:
        share = rng.uniform(0.15, 0.85, 2)
        share[longer] = (len(placed) // 17 + rng.uniform(0.3, 0.7)) / 3
        point = share * picture_px
        if all(np.linalg.norm(point - other) > apart for other in placed):
            placed.append(point)
    return np.array(placed).reshape(3, 17, 2)


def _by_place(found: Detections, people: np.ndarray) -> np.ndarray:
    middle = (found.boxes_px[:, :2] + found.boxes_px[:, 2:]) / 2
    truth = (people.min(1) + people.max(1)) / 2
    return np.argmin(np.linalg.norm(middle[None] - truth[:, None], axis=-1), axis=1)


@pytest.mark.parametrize("picture_px", SIZES)
@pytest.mark.parametrize(("size_px", "stride"), [((512, 512), 4), ((384, 256), 4), ((640, 640), 8)])
@pytest.mark.parametrize("form", ["probabilities", "logits", "NHWC"])
def test_centernet_finds_everybody_exactly(
    picture_px: tuple[int, int], size_px: tuple[int, int], stride: int, form: str
) -> None:
    rng = np.random.default_rng(1)
    people = _people(picture_px, rng)
    placement = letterboxed(picture_px, size_px)
    maps = centernet_maps(people, placement, stride, slip=rng.normal(0, 0.3, (17, 2)))
    if form == "logits":
        for role in ("centers", "joint_heatmaps"):
            p = np.clip(maps[role], 1e-4, 1 - 1e-4)
            maps[role] = np.log(p / (1 - p))
    if form == "NHWC":
        maps = {role: values.transpose(0, 2, 3, 1) for role, values in maps.items()}
    found = placement.people_to_picture(decode_centernet(maps, size_px))
    assert len(found.score) == 3
    order = _by_place(found, people)
    assert sorted(order.tolist()) == [0, 1, 2]
    tolerance = 2e-3 * max(picture_px) / 100
    assert np.abs(found.xy_px[order] - people).max() < tolerance
    boxes = np.concatenate([people.min(1), people.max(1)], axis=-1)
    assert np.abs(found.boxes_px[order] - boxes).max() < tolerance
    assert np.allclose(found.score, 0.9, atol=1e-3)
    assert np.allclose(found.keypoint_score, 0.8, atol=1e-3)


def test_centernet_with_offsets_for_every_kind_of_joint() -> None:
    people = _people((512, 512), np.random.default_rng(5))
    placement = letterboxed((512, 512), (512, 512))
    maps = centernet_maps(people, placement, 4, slip=0.4)
    shared = maps["joint_offsets"]
    height, width = shared.shape[2:]
    maps["joint_offsets"] = np.full((1, 2 * 17, height, width), 7.0, np.float32)
    for point in people.astype(np.float64) / 4:
        for j, (col, row) in enumerate(np.floor(point).astype(int)):
            maps["joint_offsets"][0, 2 * j : 2 * j + 2, row, col] = point[j] - [col, row]
    found = decode_centernet(maps, (512, 512))
    order = _by_place(found, people)
    assert np.abs(found.xy_px[order] - people).max() < 1e-2


def test_a_joint_without_a_peak_stays_where_it_was_regressed_and_is_not_believed() -> None:
    people = _people((512, 512), np.random.default_rng(2))[:1]
    placement = letterboxed((512, 512), (512, 512))
    maps = centernet_maps(people, placement, 4)
    maps["joint_heatmaps"][:, 9] = 0
    found = decode_centernet(maps, (512, 512))
    assert np.abs(found.xy_px[0] - people[0]).max() < 1e-2
    assert found.keypoint_score[0, 9] == 0
    assert (np.delete(found.keypoint_score[0], 9) > 0.79).all()


def test_a_neighbours_joint_outside_the_box_is_not_taken() -> None:
    people = _people((600, 200), np.random.default_rng(3))
    placement = letterboxed((600, 200), (512, 512))
    maps = centernet_maps(people, placement, 4)
    own = placement.to_input(people[1, 9]).astype(int) // 4
    maps["joint_heatmaps"][0, 9, own[1] - 6 : own[1] + 7, own[0] - 6 : own[0] + 7] = 0
    found = placement.people_to_picture(decode_centernet(maps, (512, 512)))
    middle = _by_place(found, people)[1]
    assert np.abs(found.xy_px[middle] - people[1]).max() < 0.1
    assert found.keypoint_score[middle, 9] < 0.1


def test_centernet_without_the_agnostic_heads_uses_the_regressed_joints() -> None:
    people = _people((640, 360), np.random.default_rng(4))
    placement = letterboxed((640, 360), (512, 512))
    maps = centernet_maps(people, placement, 4)
    few = {role: maps[role] for role in ("centers", "sizes", "joints")}
    found = placement.people_to_picture(decode_centernet(few, (512, 512)))
    assert np.abs(found.xy_px[_by_place(found, people)] - people).max() < 0.05


@pytest.mark.parametrize("fill", ["zeros", "nan", "minus infinity"])
def test_centernet_finds_nobody_in_nothing(fill: str) -> None:
    value = {"zeros": 0.0, "nan": np.nan, "minus infinity": -np.inf}[fill]
    maps = {r: np.full((1, c, 16, 16), value, np.float32) for r, c in CHANNELS.items()}
    assert len(decode_centernet(maps, (64, 64)).score) == 0


@pytest.mark.parametrize("seed", range(4))
def test_centernet_survives_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps = {r: rng.normal(0, 30, (1, c, 24, 40)).astype(np.float32) for r, c in CHANNELS.items()}
    for values in maps.values():
        values[rng.random(values.shape) < 0.05] = rng.choice([np.nan, np.inf, -np.inf])
    found = decode_centernet(maps, (160, 96))
    assert 0 < len(found.score) <= 100
    for values in (found.xy_px, found.keypoint_score, found.boxes_px, found.score):
        assert np.isfinite(values).all()
    assert (np.diff(found.score) <= 0).all()


def _sentence(error: pytest.ExceptionInfo[ModelError]) -> str:
    text = str(error.value)
    assert text.startswith("The network x.onnx")
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("role", ["centers", "sizes", "joints"])
def test_a_missing_output_is_named(role: str) -> None:
    maps = {r: np.zeros((1, c, 8, 8)) for r, c in CHANNELS.items() if r != role}
    with pytest.raises(ModelError) as error:
        decode_centernet(maps, (32, 32), source="The network x.onnx")
    assert f"'{role}'" in _sentence(error)


@pytest.mark.parametrize(
    "shape", [(1, 3, 8, 8), (2, 2, 8, 8), (2, 8), (1, 2, 0, 8), (1, 2, 8, 9), ()]
)
def test_an_output_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    maps = {r: np.zeros((1, c, 8, 8)) for r, c in CHANNELS.items()} | {"sizes": np.zeros(shape)}
    with pytest.raises(ModelError) as error:
        decode_centernet(maps, (32, 32), source="The network x.onnx")
    assert "'sizes'" in _sentence(error)
