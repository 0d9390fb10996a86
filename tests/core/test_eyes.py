"""Eyes: where they are looked for, what of them is kept, and how their lids tell blinks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from face_mesh import FakeFaces, mean_face, whole_mesh
from limn.core.data.arrays import F32, F64, U8, Floats
from limn.core.data.faces.eyes import CORNERS, EYE_POINTS, EYES_SKELETON, LID_POINTS, OUTLINE
from limn.core.data.faces.shapes import FACE_SHAPES, shape
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.faces.eyes.lids import Lids, lids_of, with_lids
from limn.core.faces.eyes.regions import region_of_eye
from limn.core.faces.eyes.seen import CLOSEUP, eyes_pass, eyes_row
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import solve_again
from limn.tools.jobs import finished
from synthetic import watch
from synthetic_motion import walking

LEFT, RIGHT = shape("eyeBlinkLeft"), shape("eyeBlinkRight")
PX_PER_M = 1000.0
T = 40


def _eye(middle: Floats, width: float, opening: float) -> F64:
    """An eye's points (20, 2), ``opening`` high in its middle."""
    out = np.tile(np.asarray(middle, np.float64), (EYE_POINTS, 1))
    around = 2 * np.pi * np.arange(len(OUTLINE)) / len(OUTLINE)
    out[list(OUTLINE)] += np.stack(
        [-np.cos(around) * width / 2, np.sin(around) * opening / 2], axis=-1
    )
    return out


def _lids(opening: Floats, width: Floats) -> Lids:
    """Eyes of ``opening`` and ``width`` (t, 2) in pixels, looked at in every frame."""
    xy = np.array(
        [
            [_eye((100 + 90 * k, 50), w[k], o[k]) for k in (0, 1)]
            for o, w in zip(opening, width, strict=True)
        ]
    )
    rows = np.concatenate([xy.reshape(len(xy), -1), np.ones((len(xy), 1))], axis=1)
    seen = eyes_pass(rows.astype(np.float32), np.arange(len(xy), dtype=np.int32), 1)
    return lids_of(seen, np.arange(len(xy)), np.full(len(xy), PX_PER_M))


def _blinks(opening: Floats, width: Floats | None = None, mesh: float = 0.0) -> F64:
    width = np.full((T, 2), 30.0) if width is None else width
    weights = np.zeros((T, len(FACE_SHAPES)))
    weights[:, [LEFT, RIGHT]] = mesh
    out = with_lids(weights, _lids(opening, width), np.ones(T, bool))
    others = [k for k in range(len(FACE_SHAPES)) if k not in (LEFT, RIGHT)]
    assert not out[:, others].any()
    return out[:, [LEFT, RIGHT]]


@pytest.mark.parametrize("turn", [0.0, 0.6, -2.0])
@pytest.mark.parametrize("is_left", [True, False])
def test_eyes_are_looked_for_in_the_mesh_and_turn_with_it(turn: float, *, is_left: bool) -> None:
    cos, sin = np.cos(turn), np.sin(turn)
    face = mean_face()[:, :2] * 40 @ np.array([[cos, sin], [-sin, cos]]) + [200, 100]
    mesh = whole_mesh(np.concatenate([face, np.zeros((len(face), 1))], axis=1))
    region = region_of_eye(mesh, is_left=is_left)
    corners = mesh[[362, 263] if is_left else [33, 133], :2]
    np.testing.assert_allclose(region.center_px, corners.mean(0), atol=1e-3)
    assert region.side_px == pytest.approx(2.3 * np.linalg.norm(corners[1] - corners[0]), rel=1e-4)
    assert abs(np.angle(np.exp(1j * (region.rotation_rad - turn)))) < 0.15


def test_an_outline_tells_how_wide_an_eye_is_open() -> None:
    lids = _lids(np.full((3, 2), 12.0), np.full((3, 2), 30.0))
    np.testing.assert_allclose(lids.width_px, 30.0, atol=1.0)
    # The mean opening of an ellipse is pi/4 of that in its middle.
    np.testing.assert_allclose(lids.open_m * PX_PER_M, 12 * np.pi / 4, rtol=0.06)
    assert lids.known.all()


def test_lids_that_meet_are_a_blink_and_winks_are_of_one_eye() -> None:
    opening = np.full((T, 2), 12.0)
    opening[10:13] = 2.0
    opening[20:23, 0] = 2.0
    left, right = _blinks(opening).T
    assert left[10:13].min() == pytest.approx(0.5)  # the other half is the mesh's say
    np.testing.assert_allclose(left[10:13], right[10:13])
    assert left[20:23].min() > 2.5 * right[20:23].max() > 0
    assert max(left[30:].max(), right[30:].max()) < 1e-9
    assert _blinks(opening, mesh=1.0)[11].min() == pytest.approx(1.0)


def test_the_nearer_eye_of_a_turned_head_counts_more() -> None:
    opening = np.full((T, 2), 12.0)
    opening[10:13, 0] = 4.0
    width = np.full((T, 2), 30.0)
    width[:, 1] = 12.0
    # The left eye closes: what both have in common is mostly its own.
    near = _blinks(opening, width)[11, 1]
    far = _blinks(opening, width[:, ::-1])[11, 1]
    assert near > 4 * far > 0


def test_eyes_that_nobody_saw_leave_the_mesh_its_say() -> None:
    lids = _lids(np.full((T, 2), 12.0), np.full((T, 2), 30.0))
    unseen = eyes_pass(np.zeros((T, 81), np.float32), np.arange(T, dtype=np.int32), 1)
    blind = lids_of(unseen, np.arange(T), np.full(T, PX_PER_M))
    weights = np.full((T, len(FACE_SHAPES)), 0.4)
    np.testing.assert_array_equal(with_lids(weights, blind, np.ones(T, bool)), weights)
    np.testing.assert_array_equal(with_lids(weights, lids, np.zeros(T, bool)), weights)
    broken = np.full((len(EYES_SKELETON), 2), np.nan)
    assert not eyes_row(broken, 0.9, 1 / 64).any()


def test_lids_between_two_looks_lie_between() -> None:
    width = np.linspace(30.0, 34.0, 5)
    rows = np.array(
        [
            eyes_row(np.concatenate([_eye((0, 0), w, 8), _eye((90, 0), w, 8)]), 0.9, 1 / 64)
            for w in width
        ],
        np.float32,
    )
    frames = np.arange(5, dtype=np.int32)
    whole = eyes_pass(rows, frames, 2)
    rows[1::2] = eyes_row(None, 0.9, 1 / 64)
    between = eyes_pass(rows, frames, 2)
    np.testing.assert_allclose(between.xy_px, whole.xy_px, atol=1 / 32)
    assert not eyes_pass(rows, 10 * frames, 2).xy_px[1].any()  # too far apart to know
    rows[2] = 0.0
    assert not eyes_pass(rows, frames, 2).xy_px[1:4].any()


class _FakeEyes:
    """Eyes as wide open as the number of looks says, each where the mesh has it."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        """Open but at every fifth look."""
        self.looks += 1
        opening = 0.05 if self.looks % 5 == 3 else 0.4
        eyes = []
        for corners in ((362, 263), (33, 133)):
            a, b = np.asarray(mesh_px)[list(corners), :2]
            width = float(np.linalg.norm(b - a))
            eyes.append(_eye((a + b) / 2, width, opening * width))
        return np.concatenate(eyes).astype(np.float32)


def _estimated(eyes: _FakeEyes | None) -> Take:
    clip = watch(walking(seconds=1.0))
    networks = Networks(clip.detector(), (clip.model(),), faces=FakeFaces(), eyes=eyes)
    return finished(estimate(clip.source(), networks, Settings(face="on")))


def test_blinks_come_from_lids_while_reading_and_when_solving_again(tmp_path: Path) -> None:
    eyes = _FakeEyes()
    take, plain = _estimated(eyes), _estimated(None)
    # Every other frame of thirty a second, or one more.
    assert 0 < eyes.looks <= len(take.time_s) // 2 + 1
    assert take.observed is not None
    assert plain.observed is not None
    seen = take.observed.tracks[0].closeups[CLOSEUP]
    assert seen.skeleton == EYES_SKELETON
    assert CLOSEUP not in plain.observed.tracks[0].closeups
    width = seen.xy_px[:, CORNERS[1]] - seen.xy_px[:, CORNERS[0]]
    assert np.linalg.norm(width, axis=-1).min() > 5
    assert len(EYES_SKELETON) == 2 * EYE_POINTS == 2 * (LID_POINTS + 5)
    now, before = take.people[0].face_weights, plain.people[0].face_weights
    assert now[:, LEFT].max() > before[:, LEFT].max() + 0.1
    others = [k for k in range(len(FACE_SHAPES)) if k not in (LEFT, RIGHT)]
    np.testing.assert_array_equal(now[:, others], before[:, others])
    save_take(take, tmp_path / "a.take.npz")
    again = finished(solve_again(load_take(tmp_path / "a.take.npz"), Settings(face="on")))
    np.testing.assert_array_equal(again.people[0].face_weights, now)
