"""People whose legs lie below the picture: who they are, and how they are followed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.observations import (
    PassObservations,
    PassWorth,
    TrackObservations,
    are_legs_cut,
)
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_17, COCO_SKELETON, Skeleton, joint
from limn.core.data.types import Landmarks, Region
from limn.core.geometry.kinematics import person_joints_world
from limn.core.solving.evidence.cut_bodies import LEG_JOINTS, settle_cut_trunk, told_by_the_precise
from limn.core.tracking.following.cut_figures import CutFigures, whole_trunk
from limn.core.tracking.gating import within_picture
from limn.core.tracking.neighbours import Pose
from limn.core.tracking.regions import region_of, region_of_cut
from solved_people import somebody
from synthetic import watch
from synthetic_motion import squatting

SIZE = (400, 300)
PICTURE = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
HIPS, SHOULDERS = slice(11, 13), slice(5, 7)


def bust(x: float = 200.0, hips: float = 330.0, score: float = 0.9) -> Pose:
    """Somebody upright of whom the picture's end at 300 hides the hips."""
    at = {
        "nose": (0, 90), "eye": (5, 85), "ear": (10, 90), "shoulder": (40, 140),
        "elbow": (50, 200), "wrist": (50, 260), "hip": (25, hips), "knee": (25, hips + 100),
        "ankle": (25, hips + 200),
    }  # fmt: skip
    xy = np.zeros((17, 2))
    for i, name in enumerate(COCO_17):
        side, _, part = name.partition("_")
        dx, y = at[part or name]
        xy[i] = x + (dx if side == "left" else -dx), y
    scores = np.full(17, score)
    scores[13:] = 0.05
    return xy, scores, np.array([x - 60.0, 70.0, x + 60.0, 299.0])


@dataclass
class Eye:
    """A network that sees the person at ``x`` whenever it looks within 90 pixels of them."""

    x: float
    looked: list[Region] = field(default_factory=list[Region])
    name: str = "eye"
    skeleton: Skeleton = COCO_SKELETON
    worth: PassWorth = field(default_factory=lambda: PassWorth("eye", True, True))
    hips: float = 330.0

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        self.looked.append(region)
        xy, score, _ = bust(self.x, self.hips)
        near = abs(region.center_px[0] - self.x) < 90
        flat = np.zeros((17, 3), np.float32)
        pose = xy.astype(np.float32), score.astype(np.float32)
        return Landmarks(*pose, flat, float(near), COCO_SKELETON)


def test_a_box_at_the_lower_border_without_ankles_is_cut() -> None:
    _, score, box = bust()
    assert are_legs_cut(box, score, SIZE[1])
    assert not are_legs_cut(box, score, SIZE[1] + 40), "whose legs end inside is hidden, not cut"
    seen = score.copy()
    seen[16] = 0.6
    assert not are_legs_cut(box, seen, SIZE[1]), "who stands at the border is whole"


def test_whoever_is_whole_is_left_to_the_others() -> None:
    eye = Eye(200.0)
    xy, _, box = bust()
    whole = xy, np.full(17, 0.9), box
    assert CutFigures([eye], SIZE).look(1, PICTURE, whole, (), 0.9) is None
    assert not eye.looked


def test_a_cut_figure_is_followed_where_it_was_and_not_where_a_weak_detection_is() -> None:
    eye = Eye(200.0)
    figures = CutFigures([eye], SIZE)
    assert figures.look(1, PICTURE, bust(200.0), (), 0.6) is not None
    for step in range(1, 9):
        eye.x = 200.0 + 10 * step
        look = figures.look(1, PICTURE, bust(-60.0), (), 0.2)
        assert look is not None
        assert abs(look.region.center_px[0] - eye.x) < 15
        assert look.keypoint_score.max() < 0.1, "a detection elsewhere is no evidence"
    seat = figures.seat(1)
    assert seat is not None
    assert seat[2][3] <= SIZE[1]


def test_a_sure_detection_far_off_ends_a_look_that_slid_away() -> None:
    @dataclass
    class Fooled(Eye):
        """Sees somebody wherever it looks."""

        def locate(self, bgr: U8, region: Region) -> Landmarks:
            self.x = region.center_px[0]
            return Eye.locate(self, bgr, region)

    figures = CutFigures([Fooled(0.0)], SIZE)
    figures.look(1, PICTURE, bust(300.0), (), 0.6)
    weak = figures.look(1, PICTURE, bust(60.0, score=0.9), (), 0.2)
    assert weak is not None
    assert weak.region.center_px[0] == pytest.approx(300, abs=1)
    sure = figures.look(1, PICTURE, bust(-60.0, score=0.9), (), 0.8)
    assert sure is not None
    assert sure.region.center_px[0] == pytest.approx(-60, abs=1)


def test_nobody_seen_is_nobody_followed() -> None:
    figures = CutFigures([Eye(1000.0)], SIZE)
    assert figures.look(1, PICTURE, bust(), (), 0.6) is None
    assert figures.seat(1) is None


def test_who_is_lost_for_a_moment_is_looked_for_where_they_were() -> None:
    eye = Eye(200.0)
    figures = CutFigures([eye], SIZE, 10.0)
    assert figures.look(1, PICTURE, bust(), (), 0.6) is not None
    for frames, found in ((5, True), (6, False)):
        eye.x = 1000.0
        for _ in range(frames):
            assert figures.look(1, PICTURE, bust(-200.0), (), 0.2) is None
        eye.x = 200.0
        assert (figures.look(1, PICTURE, bust(-200.0), (), 0.2) is not None) == found


def test_a_head_that_passes_for_a_small_person_ends_no_look() -> None:
    @dataclass
    class Deceived(Eye):
        """Sees a small person all too well wherever the crop is small."""

        def locate(self, bgr: U8, region: Region) -> Landmarks:
            seen = Eye.locate(self, bgr, region)
            if region.side_px > 300:
                return replace(seen, score=0.5 * seen.score)
            middle = np.array([200.0, 140.0], np.float32)
            return replace(seen, xy_px=middle + 0.2 * (seen.xy_px - middle))

    def doll() -> Pose:
        xy, score, box = bust()
        return 150 + 0.2 * (xy - 150), score, box

    figures = CutFigures([Deceived(200.0)], SIZE)
    assert figures.look(1, PICTURE, bust(), (), 0.6) is not None
    look = figures.look(1, PICTURE, doll(), (), 0.3)
    assert look is not None
    assert look.region.side_px > 300


def test_a_trunk_below_the_border_is_as_long_as_the_face_tells() -> None:
    xy, score, box = bust(hips=295.0)
    xy[SHOULDERS] = [[205.0, 200.0], [195.0, 200.0]]  # from the side: no width
    near = whole_trunk((xy, score, box), SIZE[1])[0]
    face = np.linalg.norm(xy[3] - xy[4])
    trunk = np.linalg.norm(near[SHOULDERS].mean(0) - near[HIPS].mean(0))
    assert trunk == pytest.approx(max(2.8 * face, 95.0))
    xy[3:5] = [[250.0, 90.0], [150.0, 90.0]]
    near = whole_trunk((xy, score, box), SIZE[1])[0]
    assert np.linalg.norm(near[SHOULDERS].mean(0) - near[HIPS].mean(0)) == pytest.approx(280.0)
    unseen = whole_trunk((xy, np.where(np.arange(17) < 5, 0.1, score), box), SIZE[1])[0]
    assert np.linalg.norm(unseen[SHOULDERS].mean(0) - unseen[HIPS].mean(0)) == pytest.approx(95.0)


def test_the_precise_network_looks_and_without_one_the_last() -> None:
    rough = PassWorth("rough", is_precise=False, has_3d=True)
    two = [Eye(0, worth=rough), Eye(0)]
    assert CutFigures(two, SIZE).eye == 1
    assert CutFigures(two[::-1], SIZE).eye == 0
    assert CutFigures(two[:1] * 2, SIZE).eye == 1


def test_hips_drawn_into_the_picture_do_not_shrink_the_trunk() -> None:
    pose = bust(hips=180.0)
    kept = whole_trunk(pose, SIZE[1], known_px=190.0)
    length = kept[0][HIPS].mean(0)[1] - kept[0][SHOULDERS].mean(0)[1]
    assert 185 < length <= 190
    np.testing.assert_array_equal(kept[0][:11], pose[0][:11])


def test_a_trunk_that_leaves_the_picture_is_at_least_as_long_as_shoulders_tell() -> None:
    near_border = whole_trunk(bust(hips=290.0), 292)
    assert near_border[0][HIPS].mean(0)[1] == pytest.approx(290)
    wide = bust(hips=290.0)
    wide[0][5, 0] += 60
    longer = whole_trunk(wide, 292)
    trunk = longer[0][HIPS].mean(0) - longer[0][SHOULDERS].mean(0)
    assert np.linalg.norm(trunk) == pytest.approx(1.35 * 140)
    inside = whole_trunk(wide, 600)
    np.testing.assert_array_equal(inside[0], wide[0])


def test_the_region_of_a_cut_figure_shows_arms_beyond_the_box() -> None:
    pose = bust()
    plain, cut = region_of(*pose), region_of_cut(pose)
    assert cut.center_px == plain.center_px
    assert cut.side_px >= plain.side_px
    assert cut.mask_px[0] < plain.mask_px[0]
    assert cut.mask_px[2] > plain.mask_px[2]


def test_only_the_precise_tell_the_depth_of_cut_people() -> None:
    weight = np.array([[True, True, False], [True, True, True]])
    precise = np.array([True, False])
    told = told_by_the_precise(weight, precise, np.array([0.0, 1.0, 1.0]))
    np.testing.assert_array_equal(told, [[1, 1, 0], [1, 0, 1]])


def test_cut_trunks_have_the_length_that_arms_tell_and_others_stay() -> None:
    evidence = somebody(3, 40).evidence
    assert settle_cut_trunk(evidence) is evidence
    xyz = np.repeat(evidence.xyz_m[:1], 40, axis=0)
    xyz[:, [6, 7]] = (0.1, 1.5, 0), (-0.1, 1.5, 0)
    xyz[:, [0, 1, 2, 3, 4, 5]] = [
        (0.2, 0, 0), (-0.2, 0, 0), (0.2, 0.26, 0), (-0.2, 0.26, 0), (0.2, 0.5, 0), (-0.2, 0.5, 0),
    ]  # fmt: skip
    half = np.where(np.arange(40) < 20, 0.0, 1.0)
    settled = settle_cut_trunk(replace(evidence, xyz_m=xyz, cut=half)).xyz_m
    trunk = np.linalg.norm(settled[:, 0:2].mean(1) - settled[:, 6:8].mean(1), axis=-1)
    np.testing.assert_allclose(trunk[:20], 1.5)
    assert 0.45 < trunk[-1] < 0.75
    np.testing.assert_allclose(settled[:, [6, 7, 8, 9]], xyz[:, [6, 7, 8, 9]])
    arms = settled[:, 2] - settled[:, 0]
    np.testing.assert_allclose(arms, xyz[:, 2] - xyz[:, 0], atol=1e-12)


def test_a_trunk_without_hips_leans_less_along_the_view() -> None:
    evidence = somebody(3, 40).evidence
    xyz = np.repeat(evidence.xyz_m[:1], 40, axis=0)
    xyz[:, [0, 1]] = (0.2, -0.4, 0.3), (-0.2, -0.4, 0.3)
    xyz[:, [6, 7]] = (0.1, 0, 0), (-0.1, 0, 0)
    leans = []
    for hips in (1.0, 0.0):
        score = evidence.score.copy()
        score[:, [6, 7]] = hips
        told = replace(evidence, xyz_m=xyz, score=score, cut=np.ones(40))
        trunk = settle_cut_trunk(told).xyz_m[:, 0:2].mean(1)[20]
        leans.append(np.degrees(np.arctan2(trunk[2], -trunk[1])))
    assert leans[0] == pytest.approx(np.degrees(np.arctan2(0.3, 0.4)))
    assert leans[1] < leans[0] - 8


def test_upper_bodies_alone_have_legs_at_rest_and_no_standing_foot() -> None:
    clip = watch(squatting(30.0, 2.0))
    (whole,) = clip.estimate(Settings()).people
    (upper,) = clip.estimate(Settings(body="upper")).people
    rest = np.zeros((len(upper.frames), len(LEG_JOINTS), 4))
    rest[..., 0] = 1
    np.testing.assert_array_equal(upper.quat_parent_joint[:, LEG_JOINTS], rest)
    assert whole.contact.max() > 0.9
    assert not upper.contact.any()
    knee, elbow = joint("left_knee"), joint("left_elbow")
    assert upper.confidence[:, knee].max() < 0.05 < whole.confidence[:, knee].min()
    np.testing.assert_allclose(upper.confidence[:, elbow], whole.confidence[:, elbow], atol=0.01)
    head = [person_joints_world(one)[:, joint("head")] for one in (whole, upper)]
    swing = [xyz[:, 2] - xyz[:, 2].mean() for xyz in head]
    assert np.abs(swing[0] - swing[1]).max() < 0.05, "the trunk goes down as it was seen to"


@pytest.mark.parametrize(("bottom", "first"), [(299.0, 0), (200.0, 4)])
def test_of_half_figures_shoulders_are_enough_to_stay(bottom: float, first: int) -> None:
    xy = np.tile(bust(hips=250.0)[0], (10, 1, 1)).astype(np.float32)
    xy[:, 13:, 1] = 280.0
    score = np.full((10, 17), 0.9, np.float32)
    score[:, 15:] = 0.05
    score[:4, 7:] = 0.05
    one = PassObservations(
        xy, score, np.zeros((10, 17, 3), np.float32), np.ones(10, np.float32),
        PassWorth("eye", True, True), COCO_SKELETON,
    )  # fmt: skip
    box = np.tile(np.array([140, 70, 260, bottom], np.float32), (10, 1))
    middle, side = np.zeros((10, 2), np.float32), np.full(10, 300, np.float32)
    frames = np.arange(10, dtype=np.int32)
    track = TrackObservations(frames, xy, score, box, middle, side, {"eye": one}, None)
    assert within_picture(track, SIZE).frames[0] == first
