"""Skeletons are checked, and everything downstream finds its keypoints in them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import PassWorth
from limn.core.data.settings import Settings
from limn.core.data.skeletons import (
    BLAZEPOSE_33,
    BLAZEPOSE_SKELETON,
    COCO_17,
    SMPLX_SKELETON,
    Skeleton,
)
from limn.core.data.types import Landmarks, Region, Take
from limn.core.decoding.schemes import SCHEMES, WHOLE_BODY, landmarks_from
from limn.core.editing.blending import mix_people
from limn.core.editing.mirroring import mirror_take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic import Clip, watch
from synthetic_motion import walking
from synthetic_take import some_person, some_take

ALL = {**SCHEMES, "smplx55": SMPLX_SKELETON}
FLAT = PassWorth("rtmw", is_precise=True, has_3d=False)


@pytest.mark.parametrize(
    ("names", "parents", "mirror"),
    [
        ((), (), ()),
        (("a", "a"), (-1, 0), (0, 1)),
        (("a", ""), (-1, 0), (0, 1)),
        (("a", "b"), (-1,), (0, 1)),
        (("a", "b"), (1, -1), (0, 1)),
        (("a", "b"), (-1, 1), (0, 1)),
        (("a", "b"), (-2, 0), (0, 1)),
        (("a", "b"), (-1, 0), (0,)),
        (("a", "b"), (-1, 0), (0, 2)),
        (("a", "b", "c"), (-1, 0, 0), (1, 2, 0)),
    ],
)
def test_a_list_that_is_no_skeleton_is_refused(
    names: tuple[str, ...], parents: tuple[int, ...], mirror: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="Skeleton"):
        Skeleton(names, parents, mirror)


@pytest.mark.parametrize("name", ALL)
def test_twins_differ_by_their_side_alone_and_hang_alike(name: str) -> None:
    skeleton = ALL[name]
    for i, twin in enumerate(skeleton.mirror):
        one, other = skeleton.names[i], skeleton.names[twin]
        if not one.startswith("face-"):
            swapped = one.replace("left", "*").replace("right", "left").replace("*", "right")
            assert swapped == other
        above = skeleton.parents[i]
        if above >= 0 and not one.startswith("face-"):
            assert skeleton.parents[twin] == skeleton.mirror[above]


def test_the_face_of_the_whole_body_is_mirrored_as_its_makers_do() -> None:
    """COCO-WholeBody's own table, of which these are one pair of every part of the face."""
    names = WHOLE_BODY.names
    pairs = [(0, 16), (8, 8), (17, 26), (21, 22), (28, 28), (31, 35), (36, 45), (40, 47)]
    for a, b in [*pairs, (48, 54), (55, 59), (61, 63), (66, 66)]:
        assert WHOLE_BODY.mirror[names.index(f"face-{a}")] == names.index(f"face-{b}")


def test_the_whole_body_is_in_the_order_of_its_makers() -> None:
    names = WHOLE_BODY.names
    assert len(names) == 133
    assert names[:17] == COCO_17
    assert names[17:23] == (
        "left_big_toe", "left_small_toe", "left_heel",
        "right_big_toe", "right_small_toe", "right_heel",
    )  # fmt: skip
    assert (names[23], names[90]) == ("face-0", "face-67")
    assert names[91:97:5] == ("left_hand_root", "left_forefinger1")
    assert (names[112], names[132]) == ("right_hand_root", "right_pinky_finger4")


@pytest.mark.parametrize("name", SCHEMES)
def test_blazeposes_landmarks_are_found_in_every_list(name: str) -> None:
    skeleton = SCHEMES[name]
    found = skeleton.select(BLAZEPOSE_33)
    known = found.rows[found.known]
    assert len(set(known.tolist())) == len(known), "one keypoint a landmark"
    twin = np.array(skeleton.mirror)[found.rows]
    assert (twin[found.known] == found.rows[list(BLAZEPOSE_SKELETON.mirror)][found.known]).all()
    score = np.linspace(0.4, 0.9, len(skeleton))
    assert ((found.scores(score) > 0) == found.known).all()
    xy = np.random.default_rng(0).uniform(0, 500, (4, len(skeleton), 2))
    np.testing.assert_array_equal(found.of(xy)[:, 0], xy[:, skeleton.names.index("nose")])


def test_fingers_that_a_list_lacks_lie_at_the_wrist_unseen() -> None:
    coco = SCHEMES["coco17"]
    found = coco.select(("left_index", "right_heel", "mouth_left"))
    assert not found.known.any()
    at = [coco.names[row] for row in found.rows]
    assert at == ["left_wrist", "right_ankle", "nose"]
    whole = WHOLE_BODY.select(("left_index", "right_foot_index", "left_eye_outer"))
    assert whole.known.all()
    at = [WHOLE_BODY.names[row] for row in whole.rows]
    assert at == ["left_forefinger1", "right_big_toe", "face-45"]


class WholeBodyModel:
    """What a clip's people look like to a network of 133 keypoints, or cut down to 33 of them."""

    name, worth = "rtmw", FLAT

    def __init__(self, clip: Clip, skeleton: Skeleton) -> None:
        self._inner, self.skeleton = clip.model("full"), skeleton

    def locate(self, bgr: np.ndarray, region: Region) -> Landmarks:
        """All the points of the network's own list that have a name of BlazePose's."""
        seen = self._inner.locate(bgr, region)
        own = WHOLE_BODY.select(BLAZEPOSE_33)
        xy = np.full((133, 2), -1.0, np.float32)
        score = np.full(133, 0.5, np.float32)
        xy[own.rows], score[own.rows] = seen.xy_px, seen.score
        whole = landmarks_from(xy, score, WHOLE_BODY)
        if self.skeleton is WHOLE_BODY:
            return whole
        flat = np.zeros((33, 3), np.float32)
        cut = own.of(whole.xy_px), own.scores(whole.score)
        return Landmarks(*cut, flat, whole.presence)


def _solved(clip: Clip, models: Sequence[WholeBodyModel]) -> Take:
    networks = Networks(clip.detector(), tuple(models))
    return finished(estimate(clip.source(), networks, Settings(), clip.camera))


def test_a_network_of_133_keeps_all_and_is_solved_like_its_33() -> None:
    clip = watch(walking())
    whole = _solved(clip, [WholeBodyModel(clip, WHOLE_BODY)])
    cut = _solved(clip, [WholeBodyModel(clip, BLAZEPOSE_SKELETON)])
    assert whole.observed is not None
    (track,) = whole.observed.tracks
    one = track.passes["rtmw"]
    assert one.skeleton == WHOLE_BODY
    assert one.worth == FLAT
    assert one.xy_px.shape[1] == 133
    ((a,), (b,)) = whole.people, cut.people
    assert a.xy_skeleton == WHOLE_BODY
    for field in ("root_xyz_world", "quat_parent_joint", "confidence", "contact"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


def test_motions_of_different_networks_are_blended_and_mirrored_by_name() -> None:
    one = some_person("Person 1", 6)
    xy = np.zeros((6, 133, 2), np.float32)
    other = replace(one, xy_px=xy, xy_score=np.ones((6, 133), np.float32), xy_skeleton=WHOLE_BODY)
    mixed = mix_people(one, other, np.full(6, 0.5))
    assert mixed.xy_skeleton == BLAZEPOSE_SKELETON
    np.testing.assert_allclose(mixed.xy_px, one.xy_px / 2, atol=1e-6)
    xy[:, WHOLE_BODY.names.index("left_forefinger1"), 1] = 7.0
    take = replace(some_take(1), people=(other,))
    (mirrored,) = mirror_take(take).people
    assert (mirrored.xy_px[:, WHOLE_BODY.names.index("right_forefinger1"), 1] == 7.0).all()
