"""The gallery: sticks lie where the joints are, in their own colours, before a photo."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.skeletons import COCO_17, joint
from limn.core.data.types import Take
from limn.core.gallery.figures import LINKS, gallery_joints, own_floor
from limn.core.gallery.room import Room, Tiles, swing_deg
from limn.core.geometry.camera import camera_from_world, project, project_camera
from limn.core.geometry.kinematics import person_joints_world
from limn.media.clips import open_clip
from limn.media.drawing.gallery import Gallery
from limn.media.drawing.preview import render_preview
from limn.media.drawing.ray_tracing import Tracer
from limn.media.drawing.turntable import looking_at
from limn.media.opencv import load_cv2
from walking import side_camera, walking_take, write_footage

SIZE = (320, 180)
VIEW = (640, 360)


def _tracer(size_px: tuple[int, int] = (200, 160), focal_px: float = 200.0) -> Tracer:
    center = ((size_px[0] - 1) / 2, (size_px[1] - 1) / 2)
    return Tracer(size_px, focal_px, center, np.array([0, -1.0, 0]), np.array([-0.3, -1, -0.5]))


def _changed(picture: np.ndarray) -> np.ndarray:
    return (picture != 0).any(axis=2)


def test_a_sphere_covers_what_it_should() -> None:
    picture = np.zeros((160, 200, 3), np.uint8)
    tracer = _tracer()
    tracer.add(np.array([0.1, 0.05, 2.0]), np.array([0.1, 0.05, 2.0]), 0.2, (40, 80, 200))
    tracer.draw(picture)
    rows, columns = np.nonzero(_changed(picture))
    # The outline of a sphere at distance d is a cone of half angle asin(r / d).
    wanted = np.pi * 200**2 * 0.2**2 / (2.0**2 - 0.2**2)
    assert abs(len(rows) / wanted - 1) < 0.1
    assert abs(columns.mean() - (99.5 + 10)) < 0.5
    assert abs(rows.mean() - (79.5 + 5)) < 0.5
    assert picture[72, 100].astype(int).sum() > picture[96, 120].astype(int).sum(), "lit from above"


def test_the_nearer_stick_covers_the_farther_one() -> None:
    for swapped in (False, True):
        picture = np.zeros((160, 200, 3), np.uint8)
        tracer = _tracer()
        sticks = [
            (np.array([-1, 0, 2.0]), np.array([1, 0, 2.0]), 0.05, (250, 0, 0)),
            (np.array([0, -1, 3.0]), np.array([0, 1, 3.0]), 0.08, (0, 0, 250)),
        ]
        for stick in sticks[::-1] if swapped else sticks:
            tracer.add(*stick)
        tracer.draw(picture)
        assert picture[80, 100, 0] > 2 * picture[80, 100, 2]
        assert picture[40, 100, 2] > 2 * picture[40, 100, 0]
        assert not _changed(picture)[40, 40]


def test_what_is_outside_or_behind_draws_nothing() -> None:
    picture = np.zeros((160, 200, 3), np.uint8)
    tracer = _tracer()
    for xyz in ([0, 0, -1.0], [0, 0, 0.05], [50.0, 0, 2], [0, -50.0, 2]):
        tracer.add(np.array(xyz), np.array(xyz), 0.1, (255, 255, 255))
    tracer.draw(picture)
    _tracer().draw(picture)
    assert not picture.any()
    tracer.add(np.array([-1.0, 0, 2]), np.array([0, 0, 2.0]), 0.1, (255, 255, 255))
    tracer.draw(picture)
    assert _changed(picture)[80, 0], "what is half inside is drawn"


def test_the_17_joints_are_the_armatures() -> None:
    person = walking_take(Path("none"), 20, SIZE, people=1).people[0]
    joints, every = gallery_joints(person), person_joints_world(person)
    for i, name in enumerate(COCO_17[5:], 5):
        assert np.allclose(joints[:, i], every[:, joint(name)], atol=1e-5)
    head = every[:, joint("head")]
    assert (np.linalg.norm(joints[:, :5] - head[:, None], axis=-1) < 0.2).all()
    left, right = (COCO_17.index(f"{side}_ear") for side in ("left", "right"))
    across = every[:, joint("left_shoulder")] - every[:, joint("right_shoulder")]
    assert (((joints[:, left] - joints[:, right]) * across).sum(-1) > 0).all()
    assert len(LINKS) == 18
    assert {i for a, b, _ in LINKS for i in (a, b)} == set(range(17))


@pytest.mark.parametrize("degrees", [-26, 0, 15, 26])
@pytest.mark.parametrize("size_px", [VIEW, (300, 500)])
def test_everything_is_in_view_and_before_the_wall(
    size_px: tuple[int, int], degrees: float
) -> None:
    take = walking_take(Path("none"), 20, SIZE)
    xyz = np.concatenate([gallery_joints(person).reshape(-1, 3) for person in take.people])
    room = Room.of(take.camera, xyz)
    view = room.view(size_px, degrees)
    for points in (room.corners, xyz):
        seen = camera_from_world(view, points)
        assert (seen[:, 2] > 0.5).all()
        xy = project_camera(view, seen)
        assert ((xy > 0) & (xy < size_px)).all()
    assert ((room.base - xyz) @ room.ahead > 0.3).mean() > 0.99
    assert np.allclose(room.corners[2:, 2], 0)
    assert np.allclose((room.corners - room.base) @ room.ahead, 0, atol=1e-9)


def test_people_in_the_photo_are_as_large_as_the_figures_before_it() -> None:
    take = walking_take(Path("none"), 20, SIZE, people=1)
    joints = gallery_joints(take.people[0])
    room = Room.of(take.camera, joints.reshape(-1, 3))
    pitch_m = np.linalg.norm(room.corners[1] - room.corners[0]) / SIZE[0]
    middle = joints[len(joints) // 2]
    high_px = np.ptp(project(take.camera, middle)[:, 1])
    assert abs(high_px * pitch_m / np.ptp(middle[:, 2]) - 1) < 0.1


@pytest.mark.parametrize("elevation", [0.2, 3.0, 60.0])
def test_any_camera_has_a_room(elevation: float) -> None:
    eye = np.array([0.01, -0.02, elevation]) if elevation > 10 else np.array([0, -5, elevation])
    camera = looking_at(eye, np.array([0, 0, 1.0]), SIZE, 50.0)
    for xyz in (np.zeros((0, 3)), np.array([[0.3, 0.1, 1.0], [0.3, 0.1, 0.0]])):
        room = Room.of(camera, xyz)
        assert np.isfinite(room.corners).all()
        view = room.view(VIEW, 20.0)
        xy = project_camera(view, camera_from_world(view, room.corners))
        assert ((xy > 0) & (xy < VIEW)).all()
        tiles = Tiles.of(room)
        assert 20 < len(tiles.corners) < 3000


def test_the_picture_holds_photo_and_coloured_links() -> None:
    take = walking_take(Path("none"), 20, SIZE, people=1)
    photo = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    photo[:90, :160], photo[:90, 160:], photo[90:, :160], photo[90:, 160:] = 20, 70, 120, 170
    gallery = Gallery(take, VIEW)
    picture = gallery.draw(10, photo, 10.0)
    joints = gallery_joints(take.people[0])
    room = Room.of(take.camera, joints.reshape(-1, 3))
    view = room.view(VIEW, 10.0)
    corner = room.corners
    for u, v, level in ((0.1, 0.1, 20), (0.9, 0.1, 70), (0.02, 0.7, 120), (0.97, 0.7, 170)):
        top = corner[0] + u * (corner[1] - corner[0])
        x, y = np.rint(project(view, top + v * (corner[3] - corner[0]))).astype(int)
        assert abs(int(picture[y, x, 0]) - level) < 30
    right = 0
    k = int(np.searchsorted(take.people[0].frames, 10))
    for a, b, rgb in LINKS[5:]:
        x, y = np.rint(project(view, (joints[k, a] + joints[k, b]) / 2)).astype(int)
        seen = picture[y, x, ::-1].astype(float) / 255
        hue, wanted = (colorsys.rgb_to_hsv(*c)[0] for c in (seen, rgb))
        right += abs((hue - wanted + 0.5) % 1 - 0.5) < 0.04
    assert right >= 9, "most links are seen in their own colour, the rest lie behind them"


def test_a_step_is_stood_on_and_the_floor_is_the_floor() -> None:
    joints = gallery_joints(walking_take(Path("none"), 20, SIZE, people=1).people[0])
    assert own_floor(joints, 1.0) == 0.0
    raised = joints + np.array([0, 0, 0.4], np.float32)
    assert abs(own_floor(raised, 1.0) - 0.4) < 0.06
    assert own_floor(joints[:0], 1.0) == 0.0


def test_the_floor_lies_under_everybody() -> None:
    take = walking_take(Path("none"), 20, SIZE)
    one, two = (gallery_joints(person).reshape(-1, 3) for person in take.people)
    assert Room.of(take.camera, np.concatenate([one, two])).base[2] == 0
    below = two - np.array([0, 0, 1.5])
    room = Room.of(take.camera, np.concatenate([one, below]))
    assert -1.7 < room.base[2] <= below[:, 2].min() + 0.05
    assert np.allclose(Tiles.of(room).corners[..., 2], room.base[2])
    assert np.allclose(room.corners[2:, 2], room.base[2])
    assert own_floor(gallery_joints(take.people[1]) - np.array([0, 0, 1.5], np.float32), 1.0) < -1.3


def test_the_view_swings_from_side_to_side() -> None:
    degrees = np.array([swing_deg(phase) for phase in np.linspace(0, 1, 25)])
    assert degrees.max() > 20
    assert degrees.min() < -20
    assert abs(degrees[0] - degrees[-1]) < 1e-9


@pytest.mark.parametrize("suffix", [".png", ".gif", ".mp4"])
def test_a_clip_becomes_a_gallery(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "walk.mp4"
    write_footage(path, 20, SIZE)
    take = walking_take(path, 20, SIZE)
    out = tmp_path / f"out{suffix}"
    steps = list(render_preview(take, open_clip(path), out, max_side_px=480, style="gallery"))
    assert steps[-1].done == steps[-1].total
    cv2 = load_cv2()
    if suffix == ".png":
        picture = cv2.imread(str(out))
        assert picture is not None
        assert max(picture.shape) <= 480
        assert picture.std() > 10
    else:
        assert out.stat().st_size > 1000
    assert [p.name for p in tmp_path.iterdir() if ".part" in p.name] == []


def test_a_shot_has_its_own_room_and_closing_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "walk.mp4"
    write_footage(path, 20, SIZE)
    take = walking_take(path, 20, SIZE)
    T = side_camera(SIZE).T_world_camera.copy()
    T[:3, 3] += [0.0, 3.0, 0.0]
    cut = replace(take, cuts=np.array([10], np.int32), T_world_shots=T[None])
    job = render_preview(
        cut, open_clip(path), tmp_path / "out.mp4", max_side_px=320, style="gallery"
    )
    for _ in range(12):
        next(job)
    job.close()
    assert not (tmp_path / "out.mp4").exists()
    empty: Take = replace(take, people=())
    list(render_preview(empty, open_clip(path), tmp_path / "empty.png", style="gallery"))
    assert (tmp_path / "empty.png").exists()
