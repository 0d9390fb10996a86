"""Who is who after a contact, who is followed without a detection, whose landmarks are believed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8
from limn.core.data.observations import PassObservations, PassWorth, TrackObservations
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17
from limn.core.data.types import Landmarks, Region
from limn.core.tracking.following.landmark_tracking import follow
from limn.core.tracking.gating import gate_tracks, within_picture
from limn.core.tracking.identity import undo_swaps
from limn.core.tracking.neighbours import Pose
from limn.core.tracking.regions import region_of
from limn.core.tracking.track_record import TrackRecord
from limn.core.tracking.tracker import Track

_COCO = np.array([BLAZEPOSE_33.index(name) for name in COCO_17])
BODY = np.array(
    [
        *((0.5, 0.06), (0.54, 0.04), (0.46, 0.04), (0.58, 0.06), (0.42, 0.06)),
        *((0.75, 0.2), (0.25, 0.2), (0.85, 0.36), (0.15, 0.36), (0.9, 0.5), (0.1, 0.5)),
        *((0.65, 0.5), (0.35, 0.5), (0.66, 0.74), (0.34, 0.74), (0.66, 0.96), (0.34, 0.96)),
    ]
)
HEIGHT = 300.0
FULL = PassWorth("full", is_precise=False, has_3d=True)
RED, BLUE = np.eye(64, dtype=np.float32)[3], np.eye(64, dtype=np.float32)[40]


def pose_at(x: float) -> Pose:
    box = np.array([x, 100.0, x + 0.4 * HEIGHT, 100.0 + HEIGHT])
    return box[:2] + BODY * (box[2:] - box[:2]), np.full(17, 0.8), box


def landmarks_at(x: float, presence: float = 1.0) -> Landmarks:
    xy = np.tile(pose_at(x)[0].mean(0), (33, 1))
    xy[_COCO] = pose_at(x)[0]
    return Landmarks(
        xy.astype(np.float32), np.full(33, 0.9, np.float32), np.zeros((33, 3), np.float32), presence
    )


def recorded(xs: np.ndarray, before: F32, after: F32, contact: range) -> tuple[Track, TrackRecord]:
    """Somebody at ``xs`` in every frame, who looks like this before and after a contact."""
    track, record = Track(), TrackRecord()
    for frame, x in enumerate(xs):
        pose = pose_at(float(x))
        record.add(frame, pose, region_of(*pose), [landmarks_at(float(x))])
        if frame < contact.start:
            track.looks.append((frame, before))
        elif frame >= contact.stop:
            track.looks.append((frame, after))
    return track, record


@pytest.mark.parametrize("are_swapped", [False, True])
def test_clothes_tell_who_is_who_after_a_contact(are_swapped: bool) -> None:
    t = np.arange(60)
    one, other = np.abs(t - 30) * 12.0, 700 - np.abs(t - 30) * 12.0 - 660
    contact = range(18, 43)
    red = recorded(one, RED, BLUE if are_swapped else RED, contact)
    blue = recorded(other, BLUE, RED if are_swapped else BLUE, contact)
    undo_swaps([red, blue])
    for (track, record), was, is_now in ((red, one, other), (blue, other, one)):
        assert record.frames == t.tolist()
        at = np.array([record.box_px(i)[0] for i in range(len(record.frames))])
        np.testing.assert_allclose(at[:30], was[:30])
        np.testing.assert_allclose(at[-10:], (is_now if are_swapped else was)[-10:])
        assert len({look.argmax() for _, look in track.looks}) == 1


def test_people_dressed_alike_stay_as_they_were_tracked() -> None:
    t = np.arange(60)
    xs = np.abs(t - 30) * 12.0
    pair = [recorded(x, RED, RED, range(18, 43)) for x in (xs, 40 - xs)]
    undo_swaps(pair)
    record = pair[0][1]
    at = np.array([record.box_px(i)[0] for i in range(len(record.frames))])
    np.testing.assert_allclose(at, xs)


@dataclass
class Seeing:
    """A landmark network that sees somebody at ``x`` wherever it looks."""

    x: float
    presence: float = 1.0
    name: str = "full"
    skeleton: ClassVar = BLAZEPOSE_SKELETON
    worth: ClassVar = FULL

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        return landmarks_at(self.x, self.presence)


def tracked(x: float, frame: int = 0) -> Track:
    track = Track()
    xy, score, box = (np.asarray(value, np.float32) for value in pose_at(x))
    track.follow(frame, xy, score, box, 0.7)
    return track


BGR = np.full((600, 1200, 3), 128, np.uint8)


def test_somebody_the_detector_misses_is_followed_by_their_landmarks() -> None:
    track = tracked(400)
    assert follow(track, 4, BGR, Seeing(430), [])
    assert track.frames == [0, 4]
    assert np.abs(track.xy_px[-1] - pose_at(430)[0]).max() < 1
    assert track.velocity_px[0] > 0


@pytest.mark.parametrize("model", [Seeing(400, presence=0.2), Seeing(430, presence=float("nan"))])
def test_nobody_is_followed_where_the_network_sees_nobody(model: Seeing) -> None:
    track = tracked(400)
    assert not follow(track, 4, BGR, model, [])
    assert track.frames == [0]


def test_nobody_is_followed_onto_somebody_else() -> None:
    track, other = tracked(400), tracked(520, frame=4)
    assert not follow(track, 4, BGR, Seeing(515), [other])
    assert follow(track, 4, BGR, Seeing(395), [other])


def test_nobody_in_other_clothes_is_followed() -> None:
    track = tracked(400)
    track.colours = RED
    assert not follow(track, 4, BGR, Seeing(405), [])


def observed(x: float, found: np.ndarray) -> TrackObservations:
    """Somebody detected at ``x`` in every frame, with landmarks found at ``found``."""
    t = len(found)
    seen = [landmarks_at(float(at)) for at in found]
    xy, score, box = pose_at(x)
    return TrackObservations(
        frames=np.arange(t, dtype=np.int32),
        detected_xy_px=np.tile(xy, (t, 1, 1)).astype(np.float32),
        detected_score=np.tile(score, (t, 1)).astype(np.float32),
        boxes_px=np.tile(box, (t, 1)).astype(np.float32),
        center_px=np.tile(xy[11:13].mean(0), (t, 1)).astype(np.float32),
        side_px=np.full(t, 1.3 * HEIGHT, np.float32),
        passes={
            "full": PassObservations(
                np.array([s.xy_px for s in seen]),
                np.array([s.score for s in seen]),
                np.array([s.xyz_m for s in seen]),
                np.ones(t, np.float32),
                FULL,
            )
        },
        colours=None,
    )


def test_landmarks_nearer_to_a_neighbour_are_not_believed() -> None:
    """Too near for a hijack to show by the distance alone: half a body's radius apart."""
    found = np.full(20, 400.0)
    found[8:12] = 450.0
    one, other = observed(400, found), observed(455, np.full(20, 455.0))
    alone, together = gate_tracks([one])[0], gate_tracks([one, other])[0]
    assert (alone.passes["full"].presence > 0).all()
    assert np.flatnonzero(together.passes["full"].presence == 0).tolist() == [8, 9, 10, 11]


def test_a_person_begins_and_ends_where_somebody_was_seen() -> None:
    found = np.full(20, 400.0)
    found[:3] = found[17:] = 900.0
    found[9] = 900.0
    assert gate_tracks([observed(400, found)])[0].frames.tolist() == list(range(3, 17))
    assert not gate_tracks([observed(400, np.full(5, 900.0))])


def test_where_two_networks_agree_the_surer_one_is_believed() -> None:
    track = observed(400, np.full(6, 400.0))
    one = track.passes["full"]
    other = PassWorth("heavy", is_precise=True, has_3d=True)
    hesitant = replace(one, score=np.full_like(one.score, 0.1), worth=other)
    mirrored = replace(one, worth=other)
    apart = replace(one, xy_px=one.xy_px + np.float32(20), score=one.score)

    def heavy_score(full: PassObservations) -> float:
        both = gate_tracks([replace(track, passes={"heavy": hesitant, "full": full})])[0]
        return float(both.passes["heavy"].score.mean())

    assert heavy_score(one) == pytest.approx(float(one.score.mean()))
    assert heavy_score(apart) < 0.12
    unseen = replace(one, presence=np.zeros_like(one.presence))
    assert heavy_score(unseen) == pytest.approx(0.1)
    assert heavy_score(mirrored) == pytest.approx(0.1), "the same network is no other opinion"


def test_comings_and_goings_mostly_outside_the_picture_are_cut_off() -> None:
    xs = np.concatenate([np.linspace(-110, 100, 15), np.full(10, 100.0)])
    track = observed(100, xs)
    kept = within_picture(track, (1200, 600))
    inside = (kept.passes["full"].xy_px[:, 11:29] >= 0).all(-1).mean(1)
    assert 0 < kept.frames[0] < 12
    assert kept.frames[-1] == 24
    assert inside.min() > 0.3
    # Networks draw what is cut off into the picture, near its border and with low scores.
    drawn = np.clip(track.passes["full"].xy_px, 3, None)
    near = replace(track, passes={"full": replace(track.passes["full"], xy_px=drawn)})
    assert within_picture(near, (1200, 600)).frames[0] == pytest.approx(kept.frames[0], abs=1)
    # Somebody whom the border cuts all the time is there all the time.
    assert len(within_picture(observed(100, xs[15:]), (1200, 260)).frames) == 10
    assert len(within_picture(observed(100, np.full(5, 9000.0)), (1200, 600)).frames) == 5
