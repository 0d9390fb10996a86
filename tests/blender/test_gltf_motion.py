# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Animations of GLB files: as Blender's own exporter samples them, at the scene's real times."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = [pytest.mark.bpy, pytest.mark.filterwarnings("default")]

Channels = dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]


def built() -> Any:
    build = import_module(f"{MODULE}.scene.build")
    person = walking_person(np.arange(12), 1, "Anna")
    report = build.build_take(bpy.context, make_take(12, people=(person,)), take_path="w.take.npz")
    return bpy.data.objects[report.armatures[0]]


def exported(figure: Any, path: Path) -> tuple[dict[str, Any], bytes]:
    files = import_module(f"{MODULE}.scene.files.exporters")
    return _parts(files.export_scene(bpy.context, [figure], path))


def by_blender(figure: Any, path: Path) -> tuple[dict[str, Any], bytes]:
    """The same figure with Blender's animations."""
    for other in bpy.context.view_layer.objects:
        other.select_set(other in (figure, *figure.children))
    bpy.ops.export_scene.gltf(
        filepath=str(path), use_selection=True, export_animation_mode="ACTIVE_ACTIONS",
        export_morph=False,
    )  # fmt: skip
    return _parts(path)


def _parts(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    size = int.from_bytes(data[12:16], "little")
    assert int.from_bytes(data[8:12], "little") == len(data)
    document = json.loads(data[20 : 20 + size])
    binary = data[28 + size :]
    assert document["buffers"][0]["byteLength"] <= len(binary)
    assert int.from_bytes(data[20 + size : 24 + size], "little") == len(binary)
    return document, binary


def channels(told: tuple[dict[str, Any], bytes]) -> Channels:
    document, binary = told

    def values(k: int) -> np.ndarray:
        accessor = document["accessors"][k]
        view = document["bufferViews"][accessor["bufferView"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        wide = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
        found = np.frombuffer(binary, "<f4", accessor["count"] * wide, start).reshape(-1, wide)
        if "max" in accessor:
            np.testing.assert_allclose(accessor["max"], found.max(0), rtol=1e-6)
        return found

    out: Channels = {}
    for animation in document["animations"]:
        for channel in animation["channels"]:
            sampler = animation["samplers"][channel["sampler"]]
            key = document["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]
            out[key] = values(sampler["input"])[:, 0], values(sampler["output"])
    return out


def at(channel: tuple[np.ndarray, np.ndarray], times: np.ndarray) -> np.ndarray:
    """A channel's values at ``times``, of several numbers each."""
    own, values = channel
    values = values.reshape(len(own), -1)
    return np.stack([np.interp(times, own, column) for column in values.T], axis=1)


def assert_alike(mine: Channels, theirs: Channels) -> None:
    assert set(theirs) - set(mine) == set()
    for key, (times, _) in theirs.items():
        a, b = at(mine[key], times), at(theirs[key], times)
        if key[1] == "rotation":
            b = b * np.sign((a * b).sum(1, keepdims=True))
        assert np.abs(a - b).max() < 1e-4, key


def _plain(_figure: Any) -> None:
    pass


def _constrained(figure: Any) -> None:
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (1, 2, 3)
    limit = figure.pose.bones["head"].constraints.new("DAMPED_TRACK")
    limit.target = target


def _driven(figure: Any) -> None:
    curve = figure.pose.bones["spine2"].driver_add("scale", 0)
    curve.driver.expression = "1 + frame / 20"


def _carried(figure: Any) -> None:
    figure.rotation_euler = (0.2, 0.3, 0.4)
    for frame, x in ((1, 0.0), (9, 2.0)):
        figure.location.x = x
        figure.keyframe_insert("location", frame=frame)


def _layered(figure: Any) -> None:
    animation = figure.animation_data
    track = animation.nla_tracks.new()
    strip = track.strips.new("Strip", 1, animation.action)
    strip.scale = 2.0
    animation.action = None


@pytest.mark.parametrize("change", [_plain, _constrained, _driven, _carried])
def test_motion_is_what_blenders_own_exporter_samples(
    change: Any, scene: Any, tmp_path: Path
) -> None:
    figure = built()
    change(figure)
    mine, theirs = exported(figure, tmp_path / "a.glb"), by_blender(figure, tmp_path / "b.glb")
    assert_alike(channels(mine), channels(theirs))
    assert [one["name"] for one in mine[0]["animations"]] == ["Anna"]


def test_strips_of_the_nla_are_told_as_they_play(scene: Any, tmp_path: Path) -> None:
    figure = built()
    fast = channels(exported(figure, tmp_path / "a.glb"))
    _layered(figure)
    slow = channels(exported(figure, tmp_path / "b.glb"))
    pelvis = ("pelvis", "translation")
    first = fast[pelvis][0][0]
    times = first + 2 * (fast[pelvis][0] - first)
    assert np.abs(at(slow[pelvis], times) - at(fast[pelvis], fast[pelvis][0])).max() < 1e-4


@pytest.mark.parametrize(("fps", "base"), [(30, 1.001), (25, 1.0), (30, 1.0123)])
def test_times_are_those_at_which_blender_plays(
    fps: int, base: float, scene: Any, tmp_path: Path
) -> None:
    figure = built()
    scene.render.fps, scene.render.fps_base = fps, base
    times, _ = channels(exported(figure, tmp_path / "a.glb"))["pelvis", "translation"]
    first, last = figure.animation_data.action.frame_range
    np.testing.assert_allclose(times, np.arange(first, last + 1) * base / fps, rtol=1e-6)


def test_a_face_moves_in_the_same_animation(scene: Any, tmp_path: Path) -> None:
    figure = built()
    keys = next(c for c in figure.children if c.type == "MESH").data.shape_keys
    for frame, value in ((1, 0.0), (5, 1.0), (9, 0.5)):
        keys.key_blocks["jawOpen"].value = value
        keys.key_blocks["jawOpen"].keyframe_insert("value", frame=frame)
    told = exported(figure, tmp_path / "a.glb")
    assert [one["name"] for one in told[0]["animations"]] == ["Anna"]
    (mesh,) = [n["name"] for n in told[0]["nodes"] if "mesh" in n]
    times, weights = channels(told)[mesh, "weights"]
    seconds = scene.render.fps_base / scene.render.fps
    shown = np.interp(np.array([1, 5, 9]) * seconds, times, weights[:, 0])
    np.testing.assert_allclose(shown, [0, 1, 0.5], atol=1e-4)


def test_who_stands_still_has_one_key_a_bone(scene: Any, tmp_path: Path) -> None:
    figure = built()
    figure.animation_data.action = None
    told = exported(figure, tmp_path / "a.glb")
    assert "animations" not in told[0]
