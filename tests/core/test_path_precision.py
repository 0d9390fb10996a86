"""What tenths of a pixel tell of a carried camera: rows read late, points that creep away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.observations import Background, Observed, TrackObservations
from limn.core.data.types import Camera
from limn.core.geometry.even_time import every_nth
from limn.core.geometry.rotations import log_so3
from limn.core.perspective.camera_motion import ROW_BY_ROW, CameraMotion, filming_of
from limn.core.perspective.path import refining
from limn.core.perspective.path.bundle import Freedom, Rig, Views, adjusted, cost, residuals
from limn.core.perspective.path.chained import chains_of
from limn.core.perspective.path.drifting import lasting_share, steady_points
from limn.core.perspective.path.following import follow_shot
from limn.core.perspective.path.placing import points_from
from limn.core.perspective.path.refining import closer_keys, refined
from limn.core.perspective.path.shot import Seen
from limn.core.perspective.row_by_row import read_at_once
from moving_room import MovingRoom, cameras, path_error, seen_by, shake, sideways
from synthetic import camera_at

COUNT = 40
"""Frames of points that creep."""
SHAKEN = 24
"""Frames of a camera that shakes, and the points in each: enough to tell reading, soon solved."""
POINTS = 40
READ = 0.6
"""Frames from the first row, or column, of a picture's longer side to the last."""


def _shaken() -> list[Camera]:
    return cameras(sideways(SHAKEN), 3 * shake(SHAKEN))


def _read_late(seen: Seen, axis: int, read: float = READ) -> Seen:
    """``seen`` where every point was when its row (axis 1) or column (0) was read."""
    xy: F64 = seen.xy.copy()
    for number in np.unique(seen.point):
        rows = np.flatnonzero(seen.point == number)
        at = seen.frames[seen.look[rows]].astype(np.float64)
        late = at + read * seen.xy[rows, axis] / seen.longer_px
        slope = np.gradient(seen.xy[rows], at, axis=0) if len(rows) > 1 else np.zeros((1, 2))
        xy[rows] += slope * (late - at)[:, None]
    return replace(seen, xy=xy)


@pytest.mark.parametrize("axis", [0, 1])
def test_pictures_read_row_by_row_are_put_right(axis: int) -> None:
    filmed = _shaken()
    seen = seen_by(filmed, MovingRoom(filmed, noise_px=0.1, most=POINTS), wrong=1.05, doubt=0.1)
    found = follow_shot(_read_late(seen, axis))
    assert found is not None
    assert found.skew is not None
    assert found.skew[axis] == pytest.approx(READ, abs=0.12)
    assert found.skew[1 - axis] == 0
    assert path_error(found, filmed) < 0.0025


def test_pictures_read_at_once_stay_as_they_are() -> None:
    filmed = _shaken()
    room = MovingRoom(filmed, noise_px=0.1, most=POINTS)
    found = follow_shot(seen_by(filmed, room, wrong=1.05, doubt=0.1))
    assert found is not None
    assert found.skew is None


TURNS = {
    "turns": (4 * shake(SHAKEN), None),
    "zooms": (4 * shake(SHAKEN), np.linspace(1, 1.4, SHAKEN)),
}


@pytest.mark.parametrize("model", TURNS)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_reading_row_by_row_is_found_of_a_camera_that_stands(model: str, axis: int | None) -> None:
    """What no turn explains then is no path of a camera that is carried."""
    turns, zoom = TURNS[model]
    filmed = cameras(np.zeros((SHAKEN, 3)), turns, zoom)
    seen = seen_by(filmed, MovingRoom(filmed, noise_px=0.1, most=POINTS), wrong=1.05, doubt=0.1)
    found = follow_shot(seen if axis is None else _read_late(seen, axis))
    assert found is not None
    assert found.model == model
    if axis is None:
        assert found.skew is None
    else:
        assert found.skew is not None
        assert found.skew[axis] == pytest.approx(READ, abs=0.09)
        assert found.skew[1 - axis] == 0


@pytest.mark.parametrize("every", [1, 4])
def test_a_turn_of_pictures_read_row_by_row_is_kept_and_told(every: int) -> None:
    """Also of a clip of so many pictures a second that only some are looked at."""
    filmed = cameras(np.zeros((SHAKEN, 3)), 4 * shake(SHAKEN))
    seen = _read_late(
        seen_by(filmed, MovingRoom(filmed, noise_px=0.1, most=POINTS)), 1, READ / every
    )
    camera = camera_at()
    frames = every * seen.frames[seen.look]
    xy = (seen.xy + camera.K[:2, 2]).astype(np.float32)
    background = Background(frames.astype(np.int32), seen.point.astype(np.int32), xy)
    count = every * (SHAKEN - 1) + 1
    clip = Observed(np.arange(count) / 30, np.arange(count, dtype=np.int32), ())
    filming = filming_of(replace(clip, background=background), camera)
    motion = filming.motion
    assert motion is not None
    assert motion.skew is not None
    assert motion.skew[0, 1] == pytest.approx(READ, abs=0.1)
    assert not motion.carried.any()
    assert motion.centers is None
    assert motion.zoom is None
    assert filming.doubts == (ROW_BY_ROW,)
    true = np.stack([one.T_world_camera[:3, :3] for one in filmed])
    found = motion.R[0].T @ motion.R[::every]
    apart = log_so3(found @ np.swapaxes(true[0].T @ true, 1, 2))
    assert np.degrees(np.linalg.norm(apart, axis=1)).max() < 0.25


def _known(noise_px: float, creep_px: float, lasting: float = 0.97) -> tuple[Views, Rig]:
    """Sightings of a room by cameras that are known: off by chance, and by what lasts from one to
    the next and is new by ``creep_px`` in each."""
    filmed = cameras(sideways(COUNT), shake(COUNT))
    seen = seen_by(filmed, MovingRoom(filmed, noise_px=0.0, most=60), wrong=1.0)
    T = np.stack([camera.T_world_camera for camera in filmed])
    R = T[:, :3, :3].swapaxes(1, 2)
    t = -np.einsum("kab,kb->ka", R, T[:, :3, 3])
    rig = Rig(R, t, np.full(COUNT, np.log(seen.focal)), np.empty((int(seen.point.max()) + 1, 3)))
    views = Views(seen.look, seen.point, seen.xy, 1.0)
    X, spread = points_from(views, rig)
    rng = np.random.default_rng(4)
    way = rng.normal(size=(COUNT, len(X), 2)) * creep_px
    for k in range(1, COUNT):
        way[k] += lasting * way[k - 1]
    xy = seen.xy + way[seen.look, seen.point] + noise_px * rng.normal(size=seen.xy.shape)
    return replace(views, xy=xy), replace(rig, X=np.where(spread[:, None] > 1e-3, X, np.nan))


def test_points_that_creep_away_are_told_from_chance() -> None:
    frames = np.arange(COUNT, dtype=np.float64)
    assert lasting_share(*_known(0.1, 0.0), frames) == 0
    slightly, much = (lasting_share(*_known(0.1, creep), frames) for creep in (0.05, 0.1))
    assert 0.5 < slightly < much < 0.98
    # Seen half as often, as much is left after a frame.
    assert lasting_share(*_known(0.0, 0.1, 0.8), 2 * frames) == pytest.approx(0.8**0.5, abs=0.04)


def test_what_is_new_in_errors_that_last_is_chance_alone() -> None:
    views, rig = _known(0.0, 0.1, 0.9)
    off, _ = residuals(views, replace(rig, X=_known(0.0, 0.0)[1].X))
    seen = np.isfinite(off).all(1)
    chains = chains_of(views.point[seen], views.camera[seen].astype(np.float64), 0.9)
    new = chains.new_of(off[seen])
    follows = chains.before != np.arange(len(new))
    assert 0 < (~follows).sum() <= len(np.unique(views.point))
    pair = new[follows], new[chains.before[follows]]
    assert abs(np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]) < 0.1
    assert np.std(new[follows]) == pytest.approx(0.1, rel=0.1)
    # After a gap of two frames 0.9 of 0.9 is left; and all count as much.
    two = chains_of(np.zeros(2, np.int64), np.array([0.0, 2.0]), 0.9)
    assert two.part[1] / two.own[1] == pytest.approx(0.81)
    assert two.own == pytest.approx([np.sqrt(0.19), np.sqrt(0.19 / (1 - 0.81**2))])


def test_cameras_are_adjusted_to_what_is_new() -> None:
    """Nothing near the adjusted cameras costs less; with nothing that lasts they are as ever."""
    views, rig = _known(0.02, 0.05)
    views = views.only(np.isfinite(rig.X[views.point, 0]))
    numbers, point = np.unique(views.point, return_inverse=True)
    views, rig = replace(views, point=point.astype(np.int64)), replace(rig, X=rig.X[numbers])
    frames = np.arange(COUNT, dtype=np.float64)
    free = Freedom(True, True, float(rig.log_focal[0]), 0.2, frames)
    plain = adjusted(views, rig, free, 3)
    none = replace(views, chains=chains_of(views.point, frames[views.camera], 0.0))
    assert adjusted(none, rig, free, 3).t == pytest.approx(plain.t, abs=1e-8)
    chained = replace(views, chains=chains_of(views.point, frames[views.camera], 0.97))
    found = adjusted(chained, rig, free, 40)
    least = cost(chained, found, free)
    assert least < cost(chained, plain, free)
    rng = np.random.default_rng(1)
    for part in ("log_focal", "t", "X"):
        value = getattr(found, part)
        for _ in range(4):
            way = 1e-3 * rng.normal(size=value.shape)
            aside = [replace(found, **{part: value + sign * way}) for sign in (1, -1)]
            costs = [cost(chained, one, free) for one in aside]
            assert min(costs) > least
            assert abs(costs[0] - costs[1]) < 0.2 * (sum(costs) - 2 * least)


def test_points_that_creep_more_than_others_are_left_out() -> None:
    views, rig = _known(0.1, 0.0)
    known = np.flatnonzero(np.isfinite(rig.X[:, 0]))
    far = known[::5]
    xy = views.xy + 0.02 * views.camera[:, None] * np.isin(views.point, far)[:, None]
    seen_long = np.bincount(views.point, minlength=len(rig.X)) > 30
    keep = steady_points(replace(views, xy=xy), rig)
    assert not keep[np.intersect1d(far, np.flatnonzero(seen_long))].any()
    assert keep[np.setdiff1d(known, far)].mean() > 0.95
    assert not keep[~np.isfinite(rig.X[:, 0])].any()


def test_creeping_bends_a_lens_less_where_only_what_is_new_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views, rig = _known(0.05, 0.1)
    keys = np.arange(0, COUNT, 2)
    free = Freedom(True, True, float(rig.log_focal[0]), 0.2, keys.astype(np.float64))
    found = refined(views, rig, keys, free)
    monkeypatch.setattr(refining, "lasting_share", lambda *_: 0.0)
    whole = refined(views, rig, keys, free)
    assert found is not None
    assert whole is not None
    assert np.std(found.log_focal) < 0.8 * np.std(whole.log_focal)


def test_a_camera_that_zooms_has_more_key_frames() -> None:
    keys = np.array([0, 3, 12])
    assert closer_keys(keys).tolist() == [0, 3, 6, 9, 12]
    assert closer_keys(keys, zooms=True).tolist() == [0, 1, 3, 4, 6, 8, 10, 12]


def test_people_are_seen_when_their_row_was_read() -> None:
    """Whoever moves evenly is put where they were when the middle row was read."""
    camera, t = camera_at(), 9
    xy = np.zeros((t, 17, 2), np.float32)
    xy[..., 0] = 100 + 5 * np.arange(t)[:, None]
    xy[..., 1] = camera.K[1, 2] + 0.25 * max(camera.size_px)
    score, box = np.ones((t, 17), np.float32), np.zeros((t, 4), np.float32)
    rows = np.arange(t, dtype=np.int32)
    track = TrackObservations(rows, xy, score, box, box[:, :2], box[:, 0], {}, None)
    found = read_at_once(track, camera, np.array([0.0, READ])).detected_xy_px
    assert found[..., 0] == pytest.approx(xy[..., 0] - 5 * READ / 4, abs=1e-3)
    assert found[..., 1] == pytest.approx(xy[..., 1])
    assert read_at_once(track, camera, None) is track


def test_reading_takes_as_long_on_a_clock_that_ticks_otherwise() -> None:
    """Half a frame is a quarter of a tick where every second frame ticks."""
    count, cuts = 12, np.array([6, 11], np.int32)
    skew = np.array([[0.0, 0.5], [0.5, 0.0], [0.0, 0.5]])
    R, carried = np.tile(np.eye(3), (count, 1, 1)), np.ones(3, bool)
    motion = CameraMotion(R, None, None, carried, np.zeros(count, bool), cuts, skew=skew)
    slower = motion.spread(every_nth(count, cuts, 60.0, 2))
    assert slower.skew is not None
    assert slower.skew.tolist() == [[0.0, 0.25], [0.25, 0.0], [0.0, 0.5]]  # one frame ticks as one
    assert replace(motion, skew=None).spread(every_nth(count, cuts, 60.0, 2)).skew is None


def test_a_keypoint_that_jumps_is_hardly_moved() -> None:
    """From one limb to another it goes farther in a frame than anything moves."""
    camera = camera_at()
    longer = max(camera.size_px)
    xy = np.zeros((3, 17, 2), np.float32)
    xy[:, :, 1] = camera.size_px[1]
    xy[1, 4, 0] = 0.8 * longer
    score, box = np.ones((3, 17), np.float32), np.zeros((3, 4), np.float32)
    rows = np.arange(3, dtype=np.int32)
    track = TrackObservations(rows, xy, score, box, box[:, :2], box[:, 0], {}, None)
    found = read_at_once(track, camera, np.array([0.0, READ])).detected_xy_px
    assert 0 < np.abs(found - xy).max() <= 0.02 * longer + 1e-3
