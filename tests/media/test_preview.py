"""Previews show what the take says, where it says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError, OutputError
from limn.core.data.skeletons import joint
from limn.core.data.types import Camera, Progress, Take
from limn.core.geometry.camera import project
from limn.core.geometry.kinematics import person_joints_world
from limn.media.clips import open_clip
from limn.media.drawing.figures import PALETTE, Figure, tints
from limn.media.drawing.layout import Layout
from limn.media.drawing.overlay import draw_over_footage
from limn.media.drawing.preview import _OverlayPainter, render_preview
from limn.media.drawing.shapes import capsule_outlines
from limn.media.drawing.turntable import looking_at
from limn.media.opencv import load_cv2
from walking import side_camera, walking_take, write_footage

SIZE = (320, 180)


@pytest.fixture
def walk(tmp_path: Path) -> Take:
    path = tmp_path / "walk.mp4"
    write_footage(path, 20, SIZE)
    return walking_take(path, 20, SIZE)


def _run(take: Take, out: Path, **options: object) -> list[Progress]:
    source = open_clip(take.clip.path)
    return list(render_preview(take, source, out, **options))  # pyright: ignore[reportArgumentType]


def _drawn(take: Take, camera: Camera, size_px: tuple[int, int], position: int) -> np.ndarray:
    """The pixels that the overlay changes on grey footage."""
    picture = np.full((size_px[1], size_px[0], 3), 128, np.uint8)
    poses = [Figure(p, n).at(position) for n, p in enumerate(take.people)]
    draw_over_footage(picture, camera, [replace(p, name="") for p in poses if p is not None])
    return np.abs(picture.astype(int) - 128).max(axis=2) > 30


@pytest.mark.parametrize("dist", [(0, 0, 0, 0), (-0.25, 0.08, 0.01, -0.01)])
def test_limbs_lie_on_the_projected_joints(dist: tuple[float, ...]) -> None:
    size_px = (960, 540)
    take = walking_take(Path("none"), 20, size_px, people=1)
    camera = replace(side_camera(size_px), dist=np.array(dist))
    drawn = _drawn(take, camera, size_px, 7)
    xy = project(camera, person_joints_world(take.people[0])[7])
    parts = ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"]
    for side in ("left", "right"):
        points = xy[[joint(f"{side}_{part}") for part in parts]]
        middles = (points[:-1] + points[1:])[[0, 1, 3, 4]] / 2
        for x, y in np.rint(np.concatenate([points, middles])).astype(int):
            assert drawn[y - 1 : y + 2, x - 1 : x + 2].any(), f"nothing is drawn at {x}, {y}"
    rows, columns = np.nonzero(drawn)
    reach = 0.35 * np.ptp(xy[:, 1])
    assert xy[:, 0].min() - reach < columns.min() <= columns.max() < xy[:, 0].max() + reach
    assert xy[:, 1].min() - reach < rows.min() <= rows.max() < xy[:, 1].max() + reach


def test_after_a_cut_people_are_seen_through_the_new_camera(walk: Take) -> None:
    moved = walk.camera.T_world_camera.copy()
    moved[:3, 3] += moved[:3, 0] * 0.8
    take = replace(walk, cuts=np.array([12], np.int32), T_world_shots=moved[None])
    painter = _OverlayPainter(take, Layout.of(SIZE, 1280))
    grey = np.full((180, 320, 3), 128, np.uint8)
    width = painter.layout.footage_px[0]
    columns = []
    for position in (11, 12):
        footage = painter.picture(position, grey)[:-60, :width].astype(int)
        columns.append(np.nonzero(np.abs(footage - 128).max(axis=2) > 30)[1].mean())
    assert columns[1] < columns[0] - 0.05 * width


def test_each_frame_is_drawn_over_its_own_footage(walk: Take, tmp_path: Path) -> None:
    # Every third frame from the fourth on: the take's numbers must find the footage's frames.
    kept = np.arange(3, 20, 3)
    take = replace(
        walk,
        people=(),
        time_s=(kept - kept[0]) / 25.0,
        source_frame=kept.astype(np.int32),
    )
    steps = _run(take, tmp_path / "out.mp4", max_side_px=400)
    assert steps[-1] == Progress("preview", len(kept), len(kept))
    out = open_clip(tmp_path / "out.mp4")
    assert out.info.fps == pytest.approx(25 / 3, rel=1e-3)
    shown = [frame.bgr[10:40, 10:60].mean() for frame in out.frames()]
    assert shown == pytest.approx(30 + 10 * kept, abs=7)


def test_uneven_times_are_shown_for_their_duration(walk: Take, tmp_path: Path) -> None:
    time_s = np.concatenate([np.arange(10) / 25, 0.4 + np.arange(10) * 3 / 25])
    take = replace(walk, people=(), time_s=time_s)
    _run(take, tmp_path / "out.mp4", max_side_px=400)
    out = open_clip(tmp_path / "out.mp4")
    levels = [(f.time_s, f.bgr[10:40, 10:60].mean()) for f in out.frames()]
    assert len(levels) == 10 + 9 * 3 + 1
    for shown_s, level in levels:
        position = int(np.flatnonzero(time_s <= shown_s + 0.005)[-1])
        assert level == pytest.approx(30 + 10 * position, abs=7), f"at {shown_s} s"


def test_a_clip_gives_a_sheet_and_a_photo_one_picture(walk: Take, tmp_path: Path) -> None:
    _run(walk, tmp_path / "sheet.png", max_side_px=900)
    layout = Layout.of(SIZE, 900, pictures=6)
    sheet = next(open_clip(tmp_path / "sheet.png").frames()).bgr
    assert (layout.columns, layout.rows) == (2, 3)
    assert sheet.shape[1::-1] == layout.sheet_px
    assert max(sheet.shape) <= 900
    photo = tmp_path / "photo.png"
    load_cv2().imwrite(str(photo), np.full((180, 320, 3), 90, np.uint8))
    still = walking_take(photo, 1, SIZE, people=1)
    still = replace(still, clip=replace(still.clip, is_still=True))
    assert len(_run(still, tmp_path / "one.png", max_side_px=640)) == 1
    one = next(open_clip(tmp_path / "one.png").frames()).bgr
    assert one.shape[1::-1] == Layout.of(SIZE, 640).sheet_px


def test_a_gif_is_small_and_slow(walk: Take, tmp_path: Path) -> None:
    _run(walk, tmp_path / "out.gif")
    out = open_clip(tmp_path / "out.gif")
    assert max(out.info.size_px) <= 720
    assert sum(1 for _ in out.frames()) == 10


def test_only_the_chosen_frames_are_shown(walk: Take, tmp_path: Path) -> None:
    _run(walk, tmp_path / "out.mp4", max_side_px=400, frames=range(5, 12))
    shown = [f.bgr[10:40, 10:60].mean() for f in open_clip(tmp_path / "out.mp4").frames()]
    assert shown == pytest.approx(30 + 10 * np.arange(5, 12), abs=7)


def test_closing_leaves_no_file_and_no_reader(walk: Take, tmp_path: Path) -> None:
    before = sorted(p.name for p in tmp_path.iterdir())
    preview = render_preview(walk, open_clip(walk.clip.path), tmp_path / "out.mp4")
    next(preview)
    preview.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_wrong_targets_and_footage_are_refused(walk: Take, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        _run(walk, tmp_path / "out.xyz")
    other = replace(walk, source_frame=walk.source_frame + 100)
    with pytest.raises(ClipError, match="none of the frames"):
        _run(other, tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["walk.mp4"]


def test_unsure_limbs_cover_less_and_bridged_people_are_faint(walk: Take) -> None:
    take = replace(walk, people=walk.people[:1])
    sure = take.people[0]
    camera = side_camera((960, 540))
    unsure = replace(sure, confidence=np.full_like(sure.confidence, 0.1))
    bridged = replace(sure, bridged=np.ones(len(sure.frames), np.bool_))
    areas = [
        _drawn(replace(take, people=(person,)), camera, (960, 540), 5).sum()
        for person in (sure, unsure, bridged)
    ]
    assert areas[1] < 0.8 * areas[0]
    assert areas[2] < 0.8 * areas[0]


def test_left_right_and_neighbours_differ_in_brightness_or_colour() -> None:
    def luma(bgr: tuple[int, int, int]) -> float:
        return 0.114 * bgr[0] + 0.587 * bgr[1] + 0.299 * bgr[2]

    assert len(set(PALETTE)) == len(PALETTE)
    for base in PALETTE:
        shades = tints(base)
        assert luma(shades["left"]) - luma(shades["right"]) > 70


def test_outlines_are_hulls_of_two_discs() -> None:
    ends = np.array([[[0.0, 0.0], [10.0, 3.0]], [[4.0, 4.0], [4.5, 4.0]]])
    radii = np.array([[3.0, 1.5], [2.0, 5.0]])
    for outline, centers, sizes in zip(capsule_outlines(ends, radii), ends, radii, strict=True):
        distance = np.linalg.norm(outline[:, None] - centers, axis=-1) - sizes
        np.testing.assert_allclose(distance.min(axis=1), 0, atol=1e-9)
        edges = np.roll(outline, -1, axis=0) - outline
        following = np.roll(edges, -1, axis=0)
        turn = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
        assert (turn > -1e-9).all(), "not convex"


def test_the_turning_camera_sees_its_target_in_the_middle_upright() -> None:
    for angle in np.linspace(0, 6, 7):
        eye = np.array([5 * np.cos(angle), 5 * np.sin(angle), 2.0])
        target = np.array([0.3, 0.2, 0.9])
        camera = looking_at(eye, target, (400, 500), 35.0)
        R = camera.T_world_camera[:3, :3]
        np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(R) > 0
        np.testing.assert_allclose(project(camera, target), [199.5, 249.5], atol=1e-9)
        above = project(camera, target + np.array([0, 0, 0.5]))
        assert above[0] == pytest.approx(199.5)
        assert above[1] < 249.5


def test_a_jump_in_time_is_not_waited_for(walk: Take, tmp_path: Path) -> None:
    time_s = walk.time_s.copy()
    time_s[10:] += 3600
    out = tmp_path / "out.mp4"
    _run(replace(walk, time_s=time_s), out)
    assert 20 < len(list(open_clip(out).frames())) < 100
