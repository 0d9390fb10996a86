"""Faces' shapes that a network of its own tells: what of them a take keeps and people get."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from face_mesh import FakeFaces
from limn.core.data.arrays import F32, Floats
from limn.core.data.faces.mesh import FACE_SKELETON
from limn.core.data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR, shape
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import Take
from limn.core.faces.collecting import CLOSEUP
from limn.core.faces.told import SHAPE_POINTS, TOLD, told_pass, told_shapes
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.solve_again import solve_again
from limn.core.tracking.gating import cut
from limn.core.tracking.track_record import join_tracks
from limn.tools.jobs import finished
from synthetic import watch
from synthetic_motion import walking

PUCKER = shape("mouthPucker")


class FakeShapes:
    """Everybody puckers by 0.6."""

    name = "a-model"

    def __init__(self) -> None:
        self.asked = 0

    def shapes(self, mesh_px: Floats) -> F32:
        assert np.shape(mesh_px)[1:] == (len(FACE_SKELETON), 2)
        self.asked += len(mesh_px)
        out = np.zeros((len(mesh_px), len(FACE_SHAPES)), np.float32)
        out[:, PUCKER] = 0.6
        return out


def _estimated(shapes: FakeShapes | None, face: str = "on") -> Take:
    clip = watch(walking(seconds=1.0))
    networks = Networks(clip.detector(), (clip.model(),), faces=FakeFaces(), face_shapes=shapes)
    return finished(estimate(clip.source(), networks, Settings(face=face)))


def test_people_get_the_shapes_that_the_network_told_and_no_others(tmp_path: Path) -> None:
    model = FakeShapes()
    take = _estimated(model)
    weights = take.people[0].face_weights
    assert model.asked
    assert weights[:, PUCKER].max() == pytest.approx(0.6, abs=0.02)
    others = [k for k in range(len(FACE_SHAPES)) if k != PUCKER]
    assert not weights[:, others].any()
    own = _estimated(None)
    assert not own.people[0].face_weights[:, PUCKER].any()
    np.testing.assert_array_equal(  # the head turns as the mesh tells
        take.people[0].quat_parent_joint, own.people[0].quat_parent_joint
    )
    # Solving again needs no network, of a file neither.
    save_take(take, tmp_path / "a.take.npz")
    again = finished(solve_again(load_take(tmp_path / "a.take.npz"), Settings(face="on")))
    np.testing.assert_array_equal(again.people[0].face_weights, weights)


def test_without_the_network_or_faces_a_take_knows_nothing_of_it() -> None:
    for shapes, face in ((None, "on"), (FakeShapes(), "off")):
        take = _estimated(shapes, face)
        assert take.observed is not None
        assert TOLD not in take.observed.tracks[0].closeups
        assert shapes is None or not shapes.asked


def test_told_shapes_are_cut_and_joined_with_their_track() -> None:
    take = _estimated(FakeShapes())
    assert take.observed is not None
    track = take.observed.tracks[0]
    joined = join_tracks(cut(track, slice(0, 10)), cut(track, slice(10, None)))
    told = told_shapes(joined)
    assert told is not None
    np.testing.assert_array_equal(told, told_shapes(track))
    seen = track.closeups[CLOSEUP].presence > 0
    np.testing.assert_allclose(told[:, PUCKER], 0.6 * seen, atol=1e-6)


def test_numbers_that_are_no_weights_do_not_reach_people() -> None:
    take = _estimated(FakeShapes())
    assert take.observed is not None
    track = take.observed.tracks[0]
    told = track.closeups[TOLD]
    score = told.score.copy()
    score[:, 0], score[:, 1], score[:, 2], score[:, 3] = np.nan, 7.0, -3.0, np.inf
    damaged = replace(track, closeups={**track.closeups, TOLD: replace(told, score=score)})
    weights = told_shapes(damaged)
    assert weights is not None
    np.testing.assert_array_equal(weights[5, :4], [0, 1, 0, 1])


def test_shapes_are_kept_by_their_names() -> None:
    one = told_pass(np.eye(52), np.ones(52), "a-model")
    assert one.skeleton.names == FACE_SHAPES
    assert one.skeleton.mirror == SHAPE_MIRROR == SHAPE_POINTS.mirror
    assert one.worth.network == "a-model"
