"""Joints below the picture's lower border, which networks draw up towards it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from limn.core.data import solver_points as points
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import BLAZEPOSE_SKELETON, COCO_17, COCO_SKELETON
from limn.core.data.types import Camera
from limn.core.solving.evidence.below_picture import drawn_onto_border, lowered
from limn.core.solving.evidence.cut_bodies import picture_worth
from limn.core.solving.evidence.detector_fusion import fuse_detector
from limn.core.solving.evidence.evidence import Evidence, gather_evidence
from limn.core.solving.track.terms import Normal

T, HEIGHT, SIDE = 8, 300, 400.0
BORDER = HEIGHT - 1
HIP, SHOULDER = points.POINTS.index("left_hip"), points.POINTS.index("left_shoulder")


def somebody(hips: float, ankle_score: float) -> TrackObservations:
    """A person whose box ends at the border; the detector's hips and shoulders lie at ``hips``."""
    eye = np.tile(np.linspace(60, 280, 33), (T, 1))
    xy = np.stack([np.full((T, 33), 200.0), eye], axis=-1).astype(np.float32)
    blaze = PassObservations(
        xy,
        np.full((T, 33), 0.3, np.float32),
        np.random.default_rng(1).normal(size=(T, 33, 3)).astype(np.float32),
        np.ones(T, np.float32),
        PassWorth("heavy", True, True),
        BLAZEPOSE_SKELETON,
    )
    detected = np.full((T, 17, 2), 150.0, np.float32)
    for name in ("left_hip", "right_hip", "left_shoulder", "right_shoulder"):
        detected[:, COCO_17.index(name), 1] = hips
    score = np.full((T, 17), 0.4, np.float32)
    score[:, [COCO_17.index(f"{side}_ankle") for side in ("left", "right")]] = ankle_score
    coco = PassObservations(
        detected,
        score,
        np.zeros((T, 17, 3), np.float32),
        np.ones(T, np.float32),
        PassWorth("other", False, False),
        COCO_SKELETON,
    )
    box = np.tile(np.array([120, 40, 280, BORDER], np.float32), (T, 1))
    return TrackObservations(
        np.arange(T, dtype=np.int32),
        detected,
        score,
        box,
        np.full((T, 2), 200, np.float32),
        np.full(T, SIDE, np.float32),
        {"heavy": blaze, "other": coco},
        None,
    )


def at_depth(below: float) -> TrackObservations:
    """Somebody all of whose BlazePose landmarks lie ``below`` the border, others' too."""
    track = somebody(BORDER - 2.0, 0.05)
    passes = dict(track.passes)
    for name, one in passes.items():
        xy = one.xy_px.copy()
        xy[..., 1] = BORDER + below
        passes[name] = replace(one, xy_px=xy)
    return replace(track, passes=passes)


def test_what_blazepose_has_below_the_border_goes_further_down() -> None:
    for below, wanted in ((40.0, 68.0), (0.0, 0.0), (-30.0, -30.0)):
        moved = lowered(at_depth(below), HEIGHT, np.ones(T))
        assert np.allclose(moved.passes["heavy"].xy_px[..., 1] - BORDER, wanted, atol=1e-3)
        assert np.array_equal(moved.passes["heavy"].xy_px[..., 0], np.full((T, 33), 200.0))


def test_other_networks_and_whole_people_keep_theirs() -> None:
    track = at_depth(40.0)
    assert np.all(lowered(track, HEIGHT, np.ones(T)).passes["other"].xy_px[..., 1] == BORDER + 40)
    assert lowered(track, HEIGHT, np.zeros(T)) is track


def test_who_becomes_cut_goes_down_gradually() -> None:
    cut = np.linspace(0, 1, T)
    y = lowered(at_depth(40.0), HEIGHT, cut).passes["heavy"].xy_px[:, 0, 1]
    assert np.allclose(y, BORDER + 40 + 28 * cut, atol=1e-3)


def test_limbs_at_the_border_are_drawn_in_but_for_shoulders() -> None:
    for hips, wanted in ((BORDER - 2.0, True), (BORDER + 30.0, True), (BORDER - 30.0, False)):
        drawn = drawn_onto_border(somebody(hips, 0.05), HEIGHT, np.ones(T))
        assert np.all(drawn[:, HIP] == wanted)
        assert not drawn[:, SHOULDER].any()
    assert not drawn_onto_border(somebody(BORDER - 2.0, 0.05), HEIGHT, np.full(T, 0.4)).any()


def test_drawn_in_limbs_move_nothing() -> None:
    camera = Camera(K=np.array([[400.0, 0, 200], [0, 400, 150], [0, 0, 1]]), size_px=(400, HEIGHT))
    for ankles, is_cut in ((0.05, True), (0.9, False)):
        evidence = gather_evidence(somebody(BORDER - 2.0, ankles), camera, 30.0)
        assert (evidence.drawn_in is not None) == is_cut
        near = replace(evidence, detected_xy=evidence.xy[:, : points.LIMBS] + 0.01)
        shift = (fuse_detector(near).xy - near.xy)[:, : points.LIMBS, 0]
        assert (np.abs(shift[:, HIP]).max() < 1e-9) == is_cut
        assert np.abs(shift[:, SHOULDER]).min() > 1e-3


def test_hips_and_knees_of_who_is_cut_off_pull_less_in_the_picture() -> None:
    """They are seen three times less exactly than shoulders; of whole people nothing changes."""
    cut = np.linspace(0, 1, T)
    whole = evidence_of(cut * 0)
    some = replace(whole, cut=cut)
    assert np.array_equal(np.broadcast_to(picture_worth(whole), whole.score.shape), whole.score)
    worth = picture_worth(some)
    assert np.allclose(worth[0], 1)
    assert np.allclose(worth[:, SHOULDER], 1)
    assert (np.diff(worth[:, HIP]) < 0).all()
    assert worth[-1, points.POINTS.index("right_knee")] <= worth[-1, HIP] < 0.5
    # Knees that networks only draw onto the border don't lift legs that hang.
    unseen = replace(some, score=whole.score * 0.04)
    assert picture_worth(unseen)[-1, points.POINTS.index("right_knee")] == 0
    assert picture_worth(unseen)[-1, HIP] == worth[-1, HIP]
    pull = []
    for one in (whole, some):
        normal = Normal(T)
        normal.add_picture(np.full((T, points.COUNT, 3), 3.0), one, 0.02)
        pull.append(normal.H[:, 3 * HIP, 3 * HIP])
    assert np.allclose(pull[1] / pull[0], worth[:, HIP], atol=1e-3)


def evidence_of(cut: np.ndarray) -> Evidence:
    """Somebody straight ahead, perfectly seen."""
    shape = T, points.COUNT
    return Evidence(
        xyz_m=np.zeros((*shape, 3)),
        xy=np.ones((*shape, 2)),
        score=np.ones(shape),
        radius=np.full(T, 0.2),
        detected_xy=np.ones((T, points.LIMBS, 2)),
        detected_score=np.zeros((T, points.LIMBS)),
        hands=np.zeros((T, 2, 2, 3)),
        hand_score=np.zeros((T, 2)),
        seen=np.ones(T, bool),
        fps=30.0,
        cut=cut if cut.any() else None,
    )
