"""Keypoints of a file as observations of people, followed by Limn's tracker where nobody did.

What a network of Limn's own would have seen, other tools saw: from here on nothing differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, I32, Bools, Floats
from ...data.hand_points import HANDS_SKELETON
from ...data.observations import (
    RADIUS_PER_SIDE,
    Observed,
    PassObservations,
    PassWorth,
    TrackObservations,
)
from ...data.settings import Settings
from ...data.skeletons import COCO_17, COCO_SKELETON
from ...data.types import Detections
from ...decoding.schemes import presence_of
from ...faces.whole_body import with_face
from ...geometry.smoothing import interpolate_columns
from ...hands.collecting import CLOSEUP
from ...tracking.regions import region_of
from ...tracking.tracker import Tracker
from .sightings import NOBODY, KeypointMotion

NAME: Final = "keypoints"
"""The pass's name in a take."""
_SEEN: Final = 0.05  # score over which a keypoint is somewhere; by hand
_SURE: Final = 0.3  # score over which it tells how much a file shakes; by hand
_LEAST_SEEN: Final = 4  # keypoints of COCO's, of somebody who counts; by hand
_LEAST_PX: Final = 4.0
"""Pixels that somebody's keypoints reach over at least; in one place they are nobody's."""
_BIAS: Final = 0.02
"""What networks err by in the same way for long, as a share of the body's radius, however steady
they are: with an ordinary network's jitter it makes the solve's usual sigma."""
_JITTER_WEIGHT: Final = 1.5
"""Times as much as white noise counts what shakes: errors are alike for some frames; by hand."""
_SIGMAS: Final = (0.0024, 0.2)
"""The least and most of a sigma in the picture, shares of the body's radius."""
_LEAST_SAMPLES: Final = 60
"""Fourth differences that are needed to tell noise."""
_JUMP: Final = 1.0
"""Sizes of a body that nobody moves by from one frame to the next."""
_JUMPS: Final = 0.02
"""Share of such jumps up to which the numbers of people in a file follow somebody."""
_NO_PICTURE: Final = np.zeros((1, 1, 3), np.uint8)


def in_pixels(motion: KeypointMotion, size_px: tuple[int, int]) -> KeypointMotion:
    """``motion`` with pixels for shares of a picture, whose border is half a pixel off the first
    one's middle."""
    if not motion.is_relative:
        return motion
    return replace(motion, xy=motion.xy * np.array(size_px) - 0.5, is_relative=False)


def observed_in(
    motion: KeypointMotion, fps: float, settings: Settings, sigma_px: float | None = None
) -> tuple[Observed, bool]:
    """What a file saw, in pixels, at ``fps``; and whether it followed people itself.

    ``sigma_px`` is how far its keypoints may be off, None = as they shake.
    """
    pick = motion.skeleton.select(COCO_17)
    score = pick.scores(motion.score)
    boxes = _boxes(motion)
    reaches = (boxes[:, 2:] - boxes[:, :2]).max(-1) > _LEAST_PX
    is_body = reaches & ((score > _SEEN).sum(1) >= _LEAST_SEEN)
    told = _numbers_told(motion, boxes, is_body)
    rows = (
        {k: np.flatnonzero(is_body & (motion.who == k)) for k in np.unique(motion.who).tolist()}
        if told
        else _followed(motion, boxes, pick.of(motion.xy), score, is_body, fps, settings)
    )
    tracks = tuple(
        _track(motion, boxes, own.astype(np.int32), sigma_px) for own in rows.values() if len(own)
    )
    if settings.face != "off":
        tracks = tuple(map(with_face, tracks))
    count = motion.frame_count
    return Observed(np.arange(count) / fps, np.arange(count, dtype=np.int32), tracks), told


def ranked(seen: Observed, fps: float, settings: Settings) -> Observed:
    """``seen`` with those who are there for long enough, the longest and largest first."""
    least = min(max(settings.min_track_s * fps, 2), len(seen.time_s))
    kept = [one for one in seen.tracks if len(one.frames) >= least]
    kept.sort(key=lambda one: -float(one.side_px.sum()))
    return replace(seen, tracks=tuple(kept[: settings.max_people]))


def _boxes(motion: KeypointMotion) -> F64:
    """Boxes (m, 4) about what is seen of everybody; zeros of nobody."""
    seen = (motion.score > _SEEN)[..., None]
    low = np.where(seen, motion.xy, np.inf).min(1)
    high = np.where(seen, motion.xy, -np.inf).max(1)
    out = np.concatenate([low, high], axis=-1)
    return np.where(np.isfinite(out), out, 0.0)


def _numbers_told(motion: KeypointMotion, boxes: F64, is_body: Bools) -> bool:
    """Whether the file's numbers follow people: each once a frame, and nobody jumps."""
    if (motion.who[is_body] == NOBODY).any():
        return False
    pairs = np.stack([motion.frames, motion.who], axis=-1)[is_body]
    if len(np.unique(pairs, axis=0)) < len(pairs):
        return False
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    size = (boxes[:, 2:] - boxes[:, :2]).max(-1)
    steps = jumps = 0
    for who in np.unique(motion.who[is_body]):
        own = np.flatnonzero(is_body & (motion.who == who))
        next_to = np.diff(motion.frames[own]) == 1
        away = np.linalg.norm(np.diff(centre[own], axis=0), axis=-1)[next_to]
        steps += len(away)
        jumps += int((away > _JUMP * np.minimum(size[own][1:], size[own][:-1])[next_to]).sum())
    return jumps <= _JUMPS * max(steps, 1)


def _followed(
    motion: KeypointMotion,
    boxes: F64,
    xy: Floats,
    score: Floats,
    is_body: Bools,
    fps: float,
    settings: Settings,
) -> Mapping[int, Floats]:
    """The rows of everybody, found by the tracker that follows detections."""
    tracker = Tracker(fps, 1, settings.min_confidence)
    owner: dict[tuple[int, int], int] = {}
    for frame in np.unique(motion.frames[is_body]).tolist():
        rows = np.flatnonzero(is_body & (motion.frames == frame))
        sure = np.where(score[rows] > _SEEN, score[rows], 0.0)
        found = Detections(
            xy[rows].astype(np.float32),
            sure.astype(np.float32),
            boxes[rows].astype(np.float32),
            np.ones(len(rows), np.float32),
        )
        tracker.update(frame, found, _NO_PICTURE)
        for k, track in enumerate(tracker.tracks):
            if track.frames[-1] == frame:
                # A detection is its box: the tracker keeps no number of it.
                same = np.flatnonzero((found.boxes_px == track.boxes_px[-1]).all(1))
                owner[k, frame] = int(rows[same[0]])
    out: dict[int, list[int]] = {}
    for (k, _), row in owner.items():
        out.setdefault(k, []).append(row)
    return {k: np.array(rows) for k, rows in out.items()}


def _track(
    motion: KeypointMotion, boxes: F64, rows: I32, sigma_px: float | None
) -> TrackObservations:
    frames, score = motion.frames[rows], motion.score[rows]
    xy = _completed(motion.xy[rows], score, frames)
    pick = motion.skeleton.select(COCO_17)
    coco_xy, coco_score = pick.of(xy).astype(np.float32), pick.scores(score).astype(np.float32)
    own_boxes = boxes[rows].astype(np.float32)
    regions = [
        region_of(one, sure, box)
        for one, sure, box in zip(coco_xy, coco_score, own_boxes, strict=True)
    ]
    side = np.array([region.side_px for region in regions], np.float32)
    sigma = _sigma_2d(xy, score, frames, side, sigma_px)
    xyz = None if motion.xyz_m is None else motion.xyz_m[rows]
    hands = HANDS_SKELETON.names
    is_hand = np.isin(motion.skeleton.names, hands)
    has_3d = xyz is not None and bool(np.abs(xyz[:, ~is_hand]).max(initial=0) > 0)
    flat = np.zeros((*score.shape, 3), np.float32)
    if xyz is not None and has_3d:
        flat[:, ~is_hand] = xyz[:, ~is_hand]
    worth = PassWorth(motion.tool, is_precise=True, has_3d=has_3d, sigma_2d=sigma)
    presence = presence_of(score, motion.skeleton)
    body = PassObservations(
        xy.astype(np.float32), score.astype(np.float32), flat, presence, worth, motion.skeleton
    )
    track = TrackObservations(
        frames=frames.astype(np.int32),
        detected_xy_px=coco_xy,
        detected_score=coco_score,
        boxes_px=own_boxes,
        center_px=np.array([region.center_px for region in regions], np.float32),
        side_px=side,
        passes={NAME: body},
        colours=None,
        detected_skeleton=COCO_SKELETON,
    )
    if not (score[:, is_hand] > _SEEN).any():
        return track
    return replace(track, closeups={CLOSEUP: _hands(motion, xy, score, xyz)})


def _hands(motion: KeypointMotion, xy: F64, score: F64, xyz: F64 | None) -> PassObservations:
    """Both hands' points, with their depth where the file tells it; a hand's score is that of all
    of it, 0 where half of it wasn't seen."""
    pick = motion.skeleton.select(HANDS_SKELETON.names)
    t = len(xy)
    each = pick.scores(score).reshape(t, 2, -1)
    seen = (each > _SEEN).mean(-1, keepdims=True) > 0.5
    sure = np.repeat(each.mean(-1, keepdims=True) * seen, each.shape[-1], axis=-1).reshape(t, -1)
    depth = np.zeros((t, len(HANDS_SKELETON), 3)) if xyz is None else pick.of(xyz)
    return PassObservations(
        xy_px=pick.of(xy).astype(np.float32),
        score=sure.astype(np.float32),
        xyz_m=depth.astype(np.float32),
        presence=sure.max(1).astype(np.float32),
        worth=PassWorth(motion.tool, is_precise=True, has_3d=bool(depth.any())),
        skeleton=HANDS_SKELETON,
    )


def _completed(xy: F64, score: F64, frames: I32) -> F64:
    """Keypoints (t, n, 2) with those that nobody saw between those before and after, or amid the
    rest of the body: zeros, as files have them, would be far off."""
    out = xy.copy()
    known = score > _SEEN
    whole = known[..., None] * xy
    middle = whole.sum(1) / np.maximum(known.sum(1), 1)[:, None]
    for p in range(xy.shape[1]):
        seen = known[:, p]
        if not seen.any():
            out[:, p] = middle
        elif not seen.all():
            out[:, p] = interpolate_columns(
                frames.astype(np.float64), frames[seen].astype(np.float64), xy[seen, p]
            )
    return out


def _sigma_2d(xy: F64, score: F64, frames: I32, side_px: F32, sigma_px: float | None) -> float:
    """How far keypoints are off, as a share of the body's radius; 0 where too few tell."""
    radius = float(np.median(side_px)) * RADIUS_PER_SIDE
    if sigma_px is not None:
        return float(np.clip(sigma_px / max(radius, 1e-6), *_SIGMAS))
    noise = noise_px(xy, score, frames)
    if noise is None:
        return 0.0
    return float(np.clip(np.hypot(_BIAS, _JITTER_WEIGHT * noise / max(radius, 1e-6)), *_SIGMAS))


def noise_px(xy: Floats, score: Floats, frames: I32) -> float | None:
    """How far keypoints (t, n, 2) jump about from frame to frame, pixels, one standard deviation;
    None where too few are seen for long enough.

    From fourth differences, in which motion hardly shows, and white noise does root 70 times.
    """
    if len(xy) < 5:
        return None
    sure = score > _SURE
    in_row = frames[4:] - frames[:-4] == 4
    all_sure = np.stack([sure[k : len(sure) - 4 + k] for k in range(5)]).all(0) & in_row[:, None]
    fourth = np.diff(xy, n=4, axis=0)[all_sure]
    if len(fourth) < _LEAST_SAMPLES:
        return None
    return float(1.4826 * np.median(np.abs(fourth)) / np.sqrt(70.0))
