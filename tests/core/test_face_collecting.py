"""Where faces are looked for while a clip is read, what is kept of them, and what they move."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_mesh import FakeFaces, mean_face, whole_mesh
from limn.core.data.arrays import F32
from limn.core.data.collector import Sighting
from limn.core.data.faces.mesh import FACE_SKELETON, IBUG_68, KEPT, MESH_MIRROR, rows_of
from limn.core.data.faces.shapes import FACE_SHAPES
from limn.core.data.settings import Settings
from limn.core.data.skeletons import BLAZEPOSE_33, joint
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Frame, Landmarks, Region, Take
from limn.core.faces.collecting import CLOSEUP, FaceCollector
from limn.core.faces.doubles import without_doubles
from limn.core.faces.regions import region_from_body, region_from_mesh
from limn.core.formats.table import export_take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import solve_again
from limn.core.tracking.gating import cut
from limn.core.tracking.track_record import join_tracks
from limn.tools.jobs import finished
from synthetic import watch
from synthetic_motion import walking

PICTURE = np.zeros((480, 640, 3), np.uint8)


def _body(scale: float, who: int = 1) -> Sighting:
    """Somebody before the camera, ``scale`` pixels a metre."""
    xy = np.full((33, 2), 300.0, np.float32)
    places = {"left_eye": (0.032, 0.0), "right_eye": (-0.032, 0.0), "nose": (0.0, 0.04)}
    places |= {"left_ear": (0.07, 0.02), "right_ear": (-0.07, 0.02)}
    for name, (x, y) in places.items():
        xy[BLAZEPOSE_33.index(name)] = np.array([x, y]) * scale + [320, 200]
    told = Future[Landmarks]()
    told.set_result(Landmarks(xy, np.ones(33, np.float32), np.zeros((33, 3), np.float32), 1.0))
    region = Region((320.0, 300.0), 2 * scale, 0.0, (0.0, 0.0, 640.0, 480.0))
    return Sighting(xy[:17], np.ones(17), np.array([100.0, 50, 500, 450]), region, [told], who)


def _run(faces: FakeFaces, frames: int, scale: float, *, every: bool = False) -> list[F32]:
    collector = FaceCollector(faces, every=every)
    told: list[F32] = []
    with ThreadPoolExecutor(1) as pool:
        for first in range(0, frames, 3):
            chunk = [Frame(first + k, (first + k) / 30, PICTURE) for k in range(3)]
            collector.read(pool, first, chunk, starts_shot=first == 0)
            people = [_body(scale) for _ in chunk]
            for k, one in enumerate(people):
                collector.meet(pool, first + k, PICTURE, [one])
            told += [collector.tell(first + k, one, []) for k, one in enumerate(people)]
            collector.forget(first + 3)
    return told


def test_the_mesh_is_its_own_mirror_image() -> None:
    assert [MESH_MIRROR[MESH_MIRROR[k]] for k in range(468)] == list(range(468))
    assert [MESH_MIRROR[k] for k in (33, 133, 61, 159, 1, 152)] == [263, 362, 291, 386, 1, 152]
    twins = np.array(FACE_SKELETON.mirror)
    face = mean_face()
    np.testing.assert_allclose(face[twins] * [-1, 1, 1], face, atol=1e-3)


@pytest.mark.parametrize("turn", [0.0, 0.7, -2.0])
def test_regions_lie_round_the_face_and_turn_with_it(turn: float) -> None:
    cos, sin = np.cos(turn), np.sin(turn)
    face = mean_face()[:, :2] * 40 @ np.array([[cos, sin], [-sin, cos]]) + [200, 100]
    mesh = whole_mesh(np.concatenate([face, np.zeros((len(face), 1))], axis=1))
    eyes = [face[rows_of(pair)].mean(0) for pair in ((263, 362), (33, 133))]
    for region in (region_from_mesh(mesh), region_from_body(*eyes, face[KEPT.index(1)])):
        assert abs(np.angle(np.exp(1j * (region.rotation_rad - turn)))) < 0.05
        away = np.abs((face - region.center_px) @ np.array([[cos, -sin], [sin, cos]])).max()
        assert region.side_px / 3.5 < away < region.side_px / 2


def test_a_face_is_followed_with_one_look_a_frame() -> None:
    faces = FakeFaces()
    told = _run(faces, 12, 800.0)
    # At first a second look at what the first one found; every other frame is seen in a mirror.
    assert len(faces.asked) == 12 + 1
    assert 0.4 < np.mean(faces.mirrors) < 0.6
    n = len(KEPT)
    assert len(told[-1]) == FaceCollector.numbers
    assert told[-1][-1] == np.float32(0.95)
    corners = told[-1][2 * n : 5 * n].reshape(n, 3)[rows_of((33, 263))]
    assert np.linalg.norm(corners[0] - corners[1]) == pytest.approx(0.09, abs=1e-4)


def test_small_faces_are_left_alone_unless_all_are_wanted() -> None:
    faces = FakeFaces()
    assert not np.any(_run(faces, 6, 150.0))
    assert faces.asked == []
    assert np.any(_run(faces, 6, 150.0, every=True))


def test_who_turned_away_is_looked_for_now_and_then_only() -> None:
    faces = FakeFaces(presence=0.1)
    assert not np.any(_run(faces, 30, 800.0))
    # Twice in each of the first frames, then every fifth.
    assert 2 * 4 <= len(faces.asked) <= 2 * (4 + 6)


def test_the_back_of_a_head_has_no_face() -> None:
    faces = FakeFaces()
    collector = FaceCollector(faces)
    body = _body(800.0)
    xy = body.landmarks[0].result().xy_px.copy()
    ears = [BLAZEPOSE_33.index(f"{side}_ear") for side in ("left", "right")]
    xy[ears] = xy[ears[::-1]]
    told = Future[Landmarks]()
    told.set_result(replace(body.landmarks[0].result(), xy_px=xy))
    away = replace(body, landmarks=[told])
    with ThreadPoolExecutor(1) as pool:
        collector.read(pool, 0, [Frame(0, 0.0, PICTURE)], starts_shot=True)
        collector.meet(pool, 0, PICTURE, [away])
        seen = collector.tell(0, away, [])
    assert faces.asked
    assert not np.any(seen)


def test_one_face_is_one_persons() -> None:
    take = _estimated("on", FakeFaces())
    assert take.observed is not None
    track = take.observed.tracks[0]
    face = track.closeups[CLOSEUP]
    few = face.presence.copy()
    few[10:] = 0
    behind = replace(track, closeups={CLOSEUP: replace(face, presence=few)})
    aside = replace(track, closeups={CLOSEUP: replace(face, xy_px=face.xy_px + 500)})
    # Whose face is seen longest keeps it, whatever their order.
    kept = without_doubles((behind, track, aside), CLOSEUP)
    assert not kept[0].closeups[CLOSEUP].presence.any()
    assert not kept[0].closeups[CLOSEUP].xyz_m[:10].any()
    assert kept[1] is track
    assert kept[2] is aside


def _estimated(face: str, model: FakeFaces) -> Take:
    clip = watch(walking(seconds=1.0))
    networks = Networks(clip.detector(), (clip.model(),), faces=model)
    return finished(estimate(clip.source(), networks, Settings(face=face)))


def test_a_face_turns_the_head_and_nothing_else_of_the_body(tmp_path: Path) -> None:
    model = FakeFaces()
    off = _estimated("off", model)
    assert model.asked == []
    assert not off.observed.tracks[0].closeups  # type: ignore[union-attr]
    assert not len(off.people[0].face_weights)
    take = _estimated("on", model)
    assert model.asked
    on = take.people[0]
    assert on.face_weights.shape == (len(on.frames), 52)
    own = [joint(name) for name in ("neck", "head", "jaw")]
    others = [j for j in range(55) if j not in own]
    was = off.people[0]
    np.testing.assert_array_equal(on.quat_parent_joint[:, others], was.quat_parent_joint[:, others])
    np.testing.assert_array_equal(on.root_xyz_world, was.root_xyz_world)
    assert np.abs(on.quat_parent_joint[:, own] - was.quat_parent_joint[:, own]).max() > 0.01
    save_take(take, tmp_path / "a.take.npz")
    again = load_take(tmp_path / "a.take.npz")
    np.testing.assert_array_equal(again.people[0].face_weights, on.face_weights)
    solved = finished(solve_again(again, Settings(face="on")))
    np.testing.assert_array_equal(solved.people[0].quat_parent_joint, on.quat_parent_joint)
    np.testing.assert_array_equal(solved.people[0].face_weights, on.face_weights)
    without = finished(solve_again(again, Settings(face="off")))
    np.testing.assert_array_equal(without.people[0].quat_parent_joint, was.quat_parent_joint)
    assert not len(without.people[0].face_weights)


def test_a_take_without_a_face_holds_no_array_of_it(tmp_path: Path) -> None:
    save_take(_estimated("off", FakeFaces()), tmp_path / "a.take.npz")
    with np.load(tmp_path / "a.take.npz") as file:
        assert not [name for name in file.files if "face" in name]


def test_closeups_are_cut_and_joined_with_their_track() -> None:
    take = _estimated("on", FakeFaces())
    assert take.observed is not None
    track = take.observed.tracks[0]
    parts = cut(track, slice(0, 10)), cut(track, slice(10, None))
    assert len(parts[0].closeups[CLOSEUP].presence) == 10
    joined = join_tracks(*parts)
    np.testing.assert_array_equal(joined.closeups[CLOSEUP].xy_px, track.closeups[CLOSEUP].xy_px)


def test_keypoints_of_faces_go_into_coco_whole_bodys_fields(tmp_path: Path) -> None:
    take = _estimated("on", FakeFaces())
    person = take.people[0]
    names = person.xy_skeleton.names
    assert names[-1] == "face-67"
    assert person.xy_skeleton.mirror[names.index("face-36")] == names.index("face-45")
    (path,) = export_take(take, tmp_path / "a.coco.json")
    entry = json.loads(path.read_text("utf-8"))["annotations"][3]
    face = np.array(entry["face_kpts"]).reshape(68, 3)
    seen = take.observed.tracks[0].closeups[CLOSEUP]  # type: ignore[union-attr]
    np.testing.assert_allclose(face[:, :2], seen.xy_px[3, rows_of(IBUG_68)], atol=1e-3)
    assert entry["face_valid"]
    assert not entry["lefthand_valid"]


def test_json_has_the_shapes_that_move(tmp_path: Path) -> None:
    take = _estimated("on", FakeFaces())
    weights = np.zeros_like(take.people[0].face_weights)
    weights[3, FACE_SHAPES.index("jawOpen")] = 0.25
    moving = replace(take, people=(replace(take.people[0], face_weights=weights),))
    (path,) = export_take(moving, tmp_path / "a.json")
    poses = json.loads(path.read_text("utf-8"))["people"][0]["poses"]
    assert poses[3]["face"] == {"jawOpen": 0.25}
    assert poses[4]["face"] == {}
    (plain,) = export_take(_estimated("off", FakeFaces()), tmp_path / "b.json")
    assert "face" not in json.loads(plain.read_text("utf-8"))["people"][0]["poses"][3]
