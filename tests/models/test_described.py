"""Networks of the user's through the real runtime: small generated graphs with known answers."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from limn.core.data.errors import ModelError, SettingsError
from limn.core.data.observations import PassWorth
from limn.core.data.types import Region
from limn.models.estimators import installed_estimators, open_named
from limn.models.networks.described import DescribedNetwork
from limn.models.networks.described_pose import open_people, open_pose, try_pose_model
from limn.models.networks.inputs import as_tensor, place
from limn.models.networks.multipose import MultiPose
from limn.models.user.descriptor import Descriptor, ModelInput
from limn.models.user.library import Library
from onnx_files import OnnxGraph, constant_network

ROLES = {
    "centers": ("hm", 1), "sizes": ("wh", 2), "center_offsets": ("reg", 2), "joints": ("hps", 34),
    "joint_heatmaps": ("hm_hp", 17), "joint_offsets": ("hp_offset", 2),
}  # fmt: skip
CENTERNET = Descriptor(
    name="tiny-centernet", title="Tiny CenterNet", job="people", decoder="centernet",
    file="tiny.onnx", licence="CC0", credit="-", good_for="tests",
    input=ModelInput(width=128, height=128, fit="center", scale=1 / 255),
    outputs={role: name for role, (name, _) in ROLES.items()}, keypoints="coco17",
)  # fmt: skip
HEATMAP = replace(
    CENTERNET, name="tiny-heatmap", job="pose", decoder="heatmap", outputs={"heatmaps": "heat"},
    input=ModelInput(width=48, height=64, fit="box", scale=1 / 255),
)  # fmt: skip


def _saved(folder: Path, content: bytes) -> Path:
    path = folder / "tiny.onnx"
    path.write_bytes(content)
    return path


def _graph(size_px: tuple[int, int]) -> OnnxGraph:
    graph = OnnxGraph()
    graph.input("image", "float32", (1, 3, size_px[1], size_px[0]))
    # Cell k lies on pixel 4 k, as in the networks that were trained so.
    pooled = graph.op(
        "AveragePool", ["image"], "pooled", kernel_shape=[5, 5], strides=[4, 4], pads=[2, 2, 1, 1]
    )
    for channel, name in enumerate(("red", "green", "blue")):
        index = graph.constant(f"{name}_index", np.array([channel], np.int64))
        graph.op("Gather", [pooled, index], name, axis=1)
    return graph


def _seeing_centernet() -> bytes:
    """People where the picture is red, every joint where it is green."""
    graph = _graph((128, 128))
    zero = graph.constant("zero", np.zeros(1, np.float32))
    none = graph.op("Mul", ["red", zero], "none")
    graph.op("Add", ["red", zero], "hm")
    for name, channels, value in (
        ("wh", 2, 20),
        ("reg", 2, 0),
        ("hps", 34, 0),
        ("hp_offset", 2, 0),
    ):
        every = graph.op("Concat", [none] * channels, f"{name}_none", axis=1)
        graph.op("Add", [every, graph.constant(f"{name}_v", np.full(1, value, np.float32))], name)
    graph.op("Concat", ["green"] * 17, "hm_hp", axis=1)
    for name, channels in ROLES.values():
        graph.output(name, (1, channels, 32, 32))
    return graph.content


def _seeing_heatmaps() -> bytes:
    graph = _graph((48, 64))
    graph.op("Concat", ["green"] * 17, "heat", axis=1)
    graph.output("heat", (1, 17, 16, 12))
    return graph.content


def _zeros() -> dict[str, np.ndarray]:
    return {name: np.zeros((1, channels, 16, 16)) for name, channels in ROLES.values()}


def _constant_centernet(**changes: Any) -> bytes:  # noqa: ANN401
    return constant_network(_zeros() | changes.pop("outputs", {}), (1, 3, 64, 64), **changes)


def _blob(
    picture: np.ndarray, xy: tuple[float, float], radius: int, colour: tuple[int, ...]
) -> None:
    center = [round(v * 16) for v in xy]
    cv2.circle(picture, center, radius * 16, colour, -1, cv2.LINE_AA, 4)


@pytest.mark.parametrize("size_px", [(256, 144), (150, 260), (128, 128), (901, 333)])
def test_people_are_found_where_they_are_at_any_size(
    tmp_path: Path, size_px: tuple[int, int]
) -> None:
    width, height = size_px
    cell = max(size_px) / 32
    picture = np.zeros((height, width, 3), np.uint8)
    center, joint = (0.4 * width, 0.55 * height), (0.4 * width + 3 * cell, 0.55 * height - 2 * cell)
    _blob(picture, center, round(cell), (0, 0, 255))
    _blob(picture, joint, round(cell), (0, 255, 0))
    found = open_people(CENTERNET, _saved(tmp_path, _seeing_centernet())).detect(picture)
    best = int(found.score.argmax())
    middle = (found.boxes_px[best, :2] + found.boxes_px[best, 2:]) / 2
    assert np.abs(middle - center).max() < 0.75 * cell
    assert np.abs(found.xy_px[best] - joint).max() < 0.75 * cell
    assert np.allclose(found.boxes_px[best, 2:] - found.boxes_px[best, :2], 20 * cell, rtol=0.02)


@pytest.mark.parametrize("degrees", [0, 20, 90, 180, -100])
def test_a_pose_is_found_in_the_crop_of_a_region(tmp_path: Path, degrees: int) -> None:
    picture = np.zeros((400, 700, 3), np.uint8)
    at = (330.0, 222.0)
    _blob(picture, at, 14, (0, 255, 0))
    pose = open_pose(HEATMAP, _saved(tmp_path, _seeing_heatmaps()))
    region = Region((300, 210), 240, math.radians(degrees), (200, 100, 400, 320))
    seen = pose.locate(picture, region)
    assert pose.name == "tiny-heatmap"
    known = seen.score > 0
    assert known.sum() == 17 == len(seen.skeleton)
    assert np.abs(seen.xy_px[known] - at).max() < 3
    assert seen.presence == 1
    assert not seen.xyz_m.any()
    assert pose.worth == PassWorth(pose.name, is_precise=True, has_3d=False)


def test_simcc_and_movenet_answers_land_in_the_picture(tmp_path: Path) -> None:
    region = Region((300, 210), 240, 0.0, (200, 100, 400, 320))
    picture = np.zeros((400, 700, 3), np.uint8)
    margin = 220 / 12
    scale = max((200 - 2 * margin) / 48, (220 - 2 * margin) / 64) * 1.25
    corner = np.array([300, 210]) - scale * np.array([24, 32])
    x, y = np.zeros((1, 26, 96)), np.zeros((1, 26, 128))
    x[..., 40], y[..., 30] = 0.9, 0.7
    simcc = replace(
        HEATMAP, name="tiny-simcc", decoder="simcc", outputs={"x": "a", "y": "b"},
        keypoints="halpe26",
    )  # fmt: skip
    path = _saved(tmp_path, constant_network({"a": x, "b": y}, (1, 3, 64, 48)))
    seen = open_pose(simcc, path).locate(picture, region)
    feet = seen.skeleton.select(["left_ankle", "left_heel", "left_foot_index"])
    assert np.allclose(feet.of(seen.xy_px), corner + scale * np.array([20.5, 15.5]), atol=1e-2)
    assert np.allclose(feet.scores(seen.score), 0.7)

    keypoints = np.tile([0.25, 0.75, 0.6], (1, 1, 17, 1))
    thunder = replace(
        HEATMAP, name="tiny-movenet", decoder="movenet", outputs={"people": "out"},
        input=ModelInput(48, 64, layout="NHWC", dtype="int32", fit="box"),
    )  # fmt: skip
    path = _saved(tmp_path, constant_network({"out": keypoints}, (1, 64, 48, 3), "int32"))
    seen = open_pose(thunder, path).locate(picture, region)
    assert np.allclose(seen.xy_px[0], corner + scale * np.array([36, 16]), atol=1e-2)


def test_rtmo_pads_right_and_below(tmp_path: Path) -> None:
    rtmo = replace(
        CENTERNET, name="tiny-rtmo", decoder="rtmo", outputs={"boxes": "dets", "keypoints": "k"},
        input=ModelInput(64, 64, fit="corner", pad=114, channels="bgr"),
    )  # fmt: skip
    points = np.tile([31.5, 15.5, 0.9], (1, 1, 17, 1))
    answer = {"dets": np.array([[[0, 0, 32, 16, 0.8]]]), "k": points}
    path = _saved(tmp_path, constant_network(answer))
    found = open_people(rtmo, path).detect(np.zeros((320, 640, 3), np.uint8))
    assert np.allclose(found.xy_px[0, 0], [319.5, 159.5], atol=1e-3)


def test_pictures_reach_the_network_as_described() -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[..., 0], picture[..., 2] = 10, 200  # blue, red
    entry = ModelInput(6, 4, channels="rgb", mean=(100.0, 0.0, 1.0), std=(2.0, 1.0, 3.0))
    values = as_tensor(picture, entry)
    assert values.shape == (1, 3, 4, 6)
    assert values[0, :, 0, 0].tolist() == [50, 0, 3]
    values = as_tensor(picture, ModelInput(6, 4, channels="bgr", layout="NHWC", dtype="uint8"))
    assert values.dtype == np.uint8
    assert values[0, 0, 0].tolist() == [10, 0, 200]
    open_sides = ModelInput(384, 384, multiple_of=32, fit="center")
    placement = place((1000, 500), open_sides, (None, None))
    assert placement.size_px == (384, 192)
    assert place((1000, 490), open_sides, (None, None)).size_px == (384, 192)
    assert place((1000, 490), open_sides, (512, 512)).covered_px == (512, 251)


def _refused(descriptor: Descriptor, path: Path) -> str:
    with pytest.raises(ModelError) as error:
        try_pose_model(descriptor, path)
    sentence = str(error.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence.count(". ") == 0, "one sentence"
    return sentence


def test_a_good_file_is_taken(tmp_path: Path) -> None:
    try_pose_model(CENTERNET, _saved(tmp_path, _constant_centernet()))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"not a network at all", "is no ONNX file"),
        (_constant_centernet()[:-40], "is no ONNX file"),
        (_constant_centernet()[:300], "is no ONNX file"),
        (_constant_centernet(opset=4000), "can't be opened"),
        (constant_network({"boxes": np.zeros((1, 5))}), "hm, wh"),
        (_constant_centernet(outputs={"wh": np.zeros((1, 3, 16, 16))}), "'sizes'"),
        (_constant_centernet(outputs={"wh": np.zeros((1, 2, 16, 15))}), "'sizes'"),
        (_constant_centernet(outputs={"hps": np.zeros((1, 32, 16, 16))}), "'joints'"),
        (_constant_centernet(dtype="int32"), "float32"),
        (constant_network(_zeros(), (1, 64, 64)), "tensor(float) [1, 64, 64]"),
        (constant_network(_zeros(), (1, 3, 0, 64)), "tensor(float) [1, 3, 0, 64]"),
        (constant_network(_zeros(), (1, 3, 4096, 1025)), "wants pictures of 1025 x 4096 pixels"),
        (constant_network({}), "has no outputs"),
    ],
    ids="empty text cut short opset tensors count cells joints dtype rank flat huge mute".split(),
)  # fmt: skip
def test_a_file_that_is_no_such_model_is_one_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    assert says in _refused(CENTERNET, _saved(tmp_path, content))


def test_missing_cut_and_altered_files_are_one_sentence(tmp_path: Path) -> None:
    content = _constant_centernet()
    sha256 = hashlib.sha256(content).hexdigest()
    known = replace(CENTERNET, sha256=sha256, size_bytes=len(content))
    assert "missing" in _refused(known, tmp_path / "tiny.onnx")
    assert "cut short" in _refused(known, _saved(tmp_path, content[:-1]))
    assert "sha256" in _refused(known, _saved(tmp_path, content[:-1] + b"\0"))
    try_pose_model(known, _saved(tmp_path, content))


def test_a_network_that_fails_on_a_picture_is_one_sentence(tmp_path: Path) -> None:
    graph = OnnxGraph()
    graph.input("image", "float32", (1, 3, "h", "w"))
    answer = graph.constant("answer", np.zeros((1, 17, 16, 12), np.float32))
    wide = graph.constant("wide", np.array([1, 3, 7, 11], np.int64))
    seen = graph.op("Reshape", ["image", wide], "seen")
    total = graph.op("ReduceMax", [seen], "total", keepdims=0)
    graph.op("Add", [answer, total], "heat")
    graph.output("heat", (1, 17, 16, 12))
    assert "fails on a picture" in _refused(HEATMAP, _saved(tmp_path, graph.content))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_answers_without_meaning_are_nobody(tmp_path: Path, value: float) -> None:
    blank = {name: np.full((1, c, 16, 16), value) for name, c in ROLES.values()}
    picture = np.zeros((90, 160, 3), np.uint8)
    found = open_people(CENTERNET, _saved(tmp_path, constant_network(blank))).detect(picture)
    assert len(found.score) == 0
    heat = constant_network({"heat": np.full((1, 17, 16, 12), value)}, (1, 3, 64, 48))
    region = Region((80, 45), 80, 0.0, (40, 5, 120, 85))
    seen = open_pose(HEATMAP, _saved(tmp_path, heat)).locate(picture, region)
    assert seen.presence == 0
    assert np.isfinite(seen.xy_px).all()


def test_an_input_that_isnt_there_is_named(tmp_path: Path) -> None:
    other = replace(CENTERNET, input=replace(CENTERNET.input, tensor="pixels"))
    path = _saved(tmp_path, _constant_centernet())
    with pytest.raises(ModelError, match="pixels"):
        DescribedNetwork(other, path).open()


def test_estimators_open_by_name(tmp_path: Path) -> None:
    library = Library(tmp_path / "models")
    (tmp_path / "a").mkdir()
    source = _saved(tmp_path / "a", _constant_centernet())
    library.add_file(source, CENTERNET)
    heat = constant_network({"heat": np.zeros((1, 17, 16, 12))}, (1, 3, 64, 48))
    library.add_file(_saved(tmp_path / "a", heat), HEATMAP)
    assert installed_estimators(library) == (
        "blazepose", "movenet", "tiny-centernet", "tiny-heatmap",
    )  # fmt: skip
    detector, models = open_named("tiny-centernet", "fast", library)
    assert not models
    assert len(detector.detect(np.zeros((64, 64, 3), np.uint8)).score) == 0
    detector, models = open_named("tiny-heatmap", "fast", library)
    assert isinstance(detector, MultiPose)
    assert [model.name for model in models] == ["tiny-heatmap"]
    assert open_named("movenet", "fast", library)[1] == ()
    assert [m.name for m in open_named("blazepose", "fast", library)[1]] == ["full"]
    with pytest.raises(SettingsError, match="'nonsense'"):
        open_named("nonsense", "fast", library)
    with pytest.raises(ModelError, match="not installed"):
        open_named("rtmpose-m", "fast", library)
