"""Skeletons are checked, and everything downstream finds its keypoints in them by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.collector import Sighting
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
from limn.core.depth.collecting import DepthCollector
from limn.core.depth.maps import DepthMap
from limn.core.editing.blending import mix_people
from limn.core.editing.mirroring import mirror_take
from limn.core.formats.keypoints.coco import save_coco
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic import Clip, watch
from synthetic_motion import standing, walking
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


def test_the_whole_bodys_words_for_blazeposes_landmarks() -> None:
    same = {
        "left_thumb": "left_thumb2", "left_index": "left_forefinger1",
        "left_pinky": "left_pinky_finger1", "right_foot_index": "right_big_toe",
        "left_eye_inner": "face-42", "left_eye_outer": "face-45", "mouth_left": "face-54",
        "right_eye_inner": "face-39", "right_eye_outer": "face-36", "mouth_right": "face-48",
    }  # fmt: skip
    whole = WHOLE_BODY.select(tuple(same))
    assert whole.known.all()
    assert [WHOLE_BODY.names[row] for row in whole.rows] == list(same.values())


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
    # Their hands and faces, which the 33 lack, would move arms and heads.
    bodies = Settings(hands="off", face="off")
    return finished(estimate(clip.source(), networks, bodies, clip.camera))


def test_a_network_of_133_keeps_all_and_is_solved_like_its_33() -> None:
    hidden = frozenset((i, 0) for i in range(30, 70))
    clip = watch(walking(seconds=3.0), standing(seconds=3.0), missed=hidden)
    whole = _solved(clip, [WholeBodyModel(clip, WHOLE_BODY)])
    cut = _solved(clip, [WholeBodyModel(clip, BLAZEPOSE_SKELETON)])
    assert whole.observed is not None
    one = whole.observed.tracks[0].passes["rtmw"]
    assert one.skeleton == WHOLE_BODY
    assert one.worth == FLAT
    assert one.xy_px.shape[1] == 133
    for a, b in zip(whole.people, cut.people, strict=True):
        assert a.xy_skeleton == WHOLE_BODY
        for field in ("frames", "root_xyz_world", "quat_parent_joint", "confidence", "contact"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))
    assert whole.report == cut.report, "reprojection is measured at the same joints"


def test_a_coco_file_of_a_whole_body_holds_its_17(tmp_path: Path) -> None:
    xy = np.arange(133 * 2, dtype=np.float32).reshape(1, 133, 2)
    person = replace(
        some_person("Person 1", 1),
        xy_px=xy,
        xy_score=np.ones((1, 133), np.float32),
        xy_skeleton=WHOLE_BODY,
    )
    save_coco(some_take(1), [person], tmp_path / "a.json")
    (entry,) = json.loads((tmp_path / "a.json").read_text("utf-8"))["annotations"]
    np.testing.assert_array_equal(np.reshape(entry["keypoints"], (17, 3))[:, :2], xy[0, :17])


def test_depth_is_read_where_the_landmarks_of_any_network_are() -> None:
    rng = np.random.default_rng(0)
    xy, score = rng.uniform(20, 180, (133, 2)), np.ones(133)
    whole = landmarks_from(xy, score, WHOLE_BODY)
    own = WHOLE_BODY.select(BLAZEPOSE_33)
    flat = np.zeros((33, 3), np.float32)
    cut = Landmarks(own.of(whole.xy_px), own.scores(whole.score), flat, 1.0)
    told = []
    for one in (whole, cut):
        collector = DepthCollector(SlopingDepth(), (200, 200))
        region = Region((100, 100), 150, 0.0, (0, 0, 200, 200))
        person = Sighting(xy[:17], score[:17], np.array([20.0, 20, 180, 180]), region, ())
        with ThreadPoolExecutor(1) as pool:
            collector.meet(pool, 0, np.zeros((200, 200, 3), np.uint8), [person])
            told.append(collector.tell(0, person, [one]))
    np.testing.assert_array_equal(told[0], told[1])
    assert len(np.unique(told[0].reshape(-1, 3)[:, 0])) > 20


class SlopingDepth:
    """A depth network that sees one slope."""

    name = "slope"

    def estimate(self, bgr: np.ndarray) -> DepthMap:
        """Inverse depth that grows to the right and downwards."""
        y, x = np.mgrid[: len(bgr), : len(bgr[0])].astype(np.float32)
        return DepthMap(1.0 + 0.01 * x + 0.003 * y, (1.0, 1.0))


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
