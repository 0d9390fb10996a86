"""Everybody's hands looked at closely while a clip is read.

A hand is looked for where it was a frame before, which is steadier than where the body's landmarks
have it; those are asked at the start, every few frames, and when it seems lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, I32, U8, check_fields, of_shape
from ..data.collector import PartCollector, Sighting, led
from ..data.hand_points import HANDS_SKELETON, POINTS, SIDES
from ..data.observations import PassObservations, PassWorth, TrackObservations
from ..data.profiling.stages import staged
from ..data.skeletons import COCO_SKELETON
from ..data.types import Landmarks, Region
from .regions import region_from_body, region_from_points
from .seen import HandModel, HandSeen

CLOSEUP: Final = "hands"
"""The name of what hand networks saw in ``TrackObservations.closeups``."""
WORTH: Final = PassWorth("hand_landmark", is_precise=True, has_3d=True)

HAND_M: Final = 0.13
"""How large a hand is, seen from any side: the larger side of the box around its points."""
_SMALLEST_PX: Final = 20.0
"""Pixels under which a hand tells nothing: the network then errs more than a relaxed hand."""
_SURE: Final = 0.5
"""Chance of a hand over which the network's answer is followed; MediaPipe's own."""
_ASK_BODY: Final = 5
"""Every how many frames the body's landmarks are asked as well."""
_LOOKS: Final = ((0.0, False), (0.3, True), (0.0, False), (-0.3, True))
"""By what angle in radians the hand is turned for the network, and whether in a mirror, in one
frame after the other: what it sees wrongly changes with that, and evens out over time."""
_PLAIN: Final = 0.9
"""Chance of a followed hand over which a brief look needs no word of the body's."""
_ASTRAY: Final = 0.35
"""Palms by which the hand's wrist may lie off the body's before that counts against it ..."""
_ASTRAY_KNUCKLE: Final = 0.5
"""... and its first knuckle."""
_PER_PALM: Final = 0.5
"""What a palm more counts, as chance."""
_OTHER_HAND: Final = 0.5
"""What counts against a hand that is one of the other side, as chance. Of hands found with a chance
over .9 the network names the side rightly in 96 of 100."""
_NOTHING: Final = 0.05
"""Chance of a hand up to which the body's place shows none: of 60 such looks, another one found the
hand twice."""
_DOUBT: Final = 0.5
"""Chance of the other side from which a hand is looked at again."""
_PRESENCE: Final = 0.3
"""Chance of a person in the crop from which a body's landmarks count; by hand."""
_FOREARM_TO_KNUCKLES: Final = 0.38
"""Where nobody tells knuckles they are so far beyond the wrist, in forearms; by hand."""
_PALM_SHARE: Final = 0.35
"""A palm is at least so long in the picture, of how long it would be seen from the front: of one
that points at the camera the body's landmarks would make a speck."""
_PALM_M: Final = 0.09  # of an adult; by hand


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """A hand as the body's landmarks have it: ``points_px`` (3, 2) of wrist, index and little
    finger's knuckle, and the pixels of a ``palm`` seen from the front."""

    points_px: F64 = field(metadata=of_shape(3, 2))
    palm: float

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was last ``seen`` of a hand, and where the body had it then."""

    seen: HandSeen
    arm: _Arm

    def region(self, arm: _Arm, *, is_carried: bool) -> Region:
        """Where to look for it; ``is_carried`` along with the body's landmarks."""
        xy = self.seen.xy_px
        if is_carried:
            xy = xy + (arm.points_px - self.arm.points_px).mean(0).astype(np.float32)
        return region_from_points(xy)


_Chain = tuple[_Held | None, ...]
"""What was last seen of the left and the right hand, None where nothing was."""


class HandCollector(PartCollector[_Chain]):
    """Runs a model on the hands that are large enough. Implements ``data.collector.Collector``.

    ``every`` looks at hands of all sizes, ``step`` at one frame in so many; ``is_brief`` spends
    fewer looks on hands that are lost or look like the other one.
    """

    numbers = len(HANDS_SKELETON) * 6 + 1

    def __init__(
        self, model: HandModel, *, every: bool = False, step: int = 1, is_brief: bool = False
    ) -> None:
        super().__init__(step)
        self._is_brief = is_brief
        self._model = model
        self._smallest_px = 0.0 if every else _SMALLEST_PX

    def nothing(self) -> _Chain:
        """Neither hand."""
        return None, None

    @staged("hands")
    def look_at(self, bgr: U8, person: Sighting, last: _Chain, position: int) -> _Chain:
        """Both hands in one frame."""
        arms = enumerate(_arms_of(person))
        return tuple(self._hold(bgr, arm, last[k], k, position) for k, arm in arms)

    def _hold(
        self, bgr: U8, arm: _Arm | None, last: _Held | None, side: int, position: int
    ) -> _Held | None:
        seen = None if arm is None else self._look_at(bgr, arm, last, side, position)
        return None if arm is None or seen is None else _Held(seen, arm)

    def row_of(self, seen: _Chain) -> F32:
        """A person's hands as a closeup's fields in one row."""
        n = POINTS
        xy, score = np.zeros((2 * n, 2), np.float32), np.zeros(2 * n, np.float32)
        xyz = np.zeros((2 * n, 3), np.float32)
        for k, hand in enumerate(seen):
            if hand is not None:
                part = slice(k * n, (k + 1) * n)
                xy[part], xyz[part] = hand.seen.xy_px, hand.seen.xyz_m
                score[part] = hand.seen.presence
        return np.concatenate([xy.ravel(), score, xyz.ravel(), score.max(keepdims=True)])

    def keep(self, track: TrackObservations, told: F32) -> TrackObservations:
        """``track`` with its hands; those that nobody looked at have score 0."""
        n, t = len(HANDS_SKELETON), len(told)
        told = both_led(told, track.frames, self.step)
        xy, score, xyz, presence = np.split(told, np.cumsum([2 * n, n, 3 * n]), axis=1)
        seen = PassObservations(
            xy_px=xy.reshape(t, n, 2),
            score=score,
            xyz_m=xyz.reshape(t, n, 3),
            presence=presence[:, 0],
            worth=WORTH,
            skeleton=HANDS_SKELETON,
        )
        return replace(track, closeups={**track.closeups, CLOSEUP: seen})

    def _look_at(
        self, bgr: U8, arm: _Arm, last: _Held | None, side: int, position: int
    ) -> HandSeen | None:
        """One hand in one frame, the best of where it was and where the body has it."""
        if arm.palm * HAND_M / _PALM_M < self._smallest_px:
            return None
        seen: list[HandSeen] = []
        number = position // self.step
        is_followed = last is not None and last.seen.presence > _SURE
        if self._is_brief and not is_followed and number % 2:
            return None  # one that is lost is looked for half as often
        if last is not None and is_followed:
            region = last.region(arm, is_carried=self._is_brief)
            seen.append(self._locate(bgr, region, position))
        asks = number % _ASK_BODY == 0 and not (self._is_brief and seen and _is_plain(seen[0]))
        if asks or not seen or seen[0].presence < _SURE or _astray(seen[0], arm) > 0:
            body = region_from_body(*arm.points_px)
            if not _touches(body, bgr):
                return None
            first = self._locate(bgr, body, position)
            seen.append(first)
            is_there = not self._is_brief or first.presence > _NOTHING
            if is_there and not any(one.presence > _SURE for one in seen[:-1]):
                # A look at what the first one found is far better than it.
                seen.append(self._locate(bgr, region_from_points(first.xy_px), position))
        best = _best(seen, arm, side)
        if best is None or best.presence < _SURE or _other_side(best, side) <= _DOUBT:
            return best
        # Seen edge on, a hand is taken for the other one; turned a little it often isn't.
        again = region_from_points(best.xy_px)
        turns = (1,) if self._is_brief else (1, 3)
        others = (self._locate(bgr, again, position + k * self.step) for k in turns)
        return _best([best, *others], arm, side)

    def _locate(self, bgr: U8, region: Region, position: int) -> HandSeen:
        turn, mirrored = _LOOKS[position // self.step % len(_LOOKS)]
        turned = replace(region, rotation_rad=region.rotation_rad + turn)
        return self._model.locate(bgr, turned, mirrored=mirrored)


def both_led(told: F32, frames: I32, step: int) -> F32:
    """Rows of both hands with those that nobody looked at filled in, each hand by itself."""
    n = len(HANDS_SKELETON)
    out = told.copy()
    for k in range(len(SIDES)):
        points = np.arange(k * POINTS, (k + 1) * POINTS, dtype=np.int64)
        xy = (2 * points[:, None] + np.arange(2)).ravel()
        xyz = 3 * n + (3 * points[:, None] + np.arange(3)).ravel()
        own = np.concatenate([2 * n + points, xy, xyz])
        out[:, own] = led(told[:, own], frames, 0, step)
    out[:, -1] = out[:, 2 * n : 3 * n].max(1)
    return out


def _best(seen: Sequence[HandSeen], arm: _Arm, side: int) -> HandSeen | None:
    """The likeliest to be the looked for one, None without any."""
    usable = [one for one in seen if _is_usable(one)]
    return max(usable, key=lambda one: _merit(one, arm, side)) if usable else None


def _merit(hand: HandSeen, arm: _Arm, side: int) -> float:
    """How likely a hand is the looked for one."""
    other = _OTHER_HAND * _other_side(hand, side)
    return hand.presence - _PER_PALM * _astray(hand, arm) - other


def _is_plain(hand: HandSeen) -> bool:
    return hand.presence > _PLAIN


def _other_side(hand: HandSeen, side: int) -> float:
    """The chance in [0, 1] that the network gives a hand to be one of the other side."""
    return hand.right if SIDES[side] == "left" else 1 - hand.right


def _astray(hand: HandSeen, arm: _Arm) -> float:
    """Palms by which a hand lies farther from the body's than it may."""
    wrist = np.linalg.norm(hand.xy_px[0] - arm.points_px[0]) / arm.palm
    knuckle = np.linalg.norm(hand.xy_px[5] - arm.points_px[1]) / arm.palm
    return float(max(wrist - _ASTRAY, 0) + max(knuckle - _ASTRAY_KNUCKLE, 0))


def _is_usable(hand: HandSeen) -> bool:
    return bool(np.isfinite(hand.xy_px).all() and np.isfinite(hand.xyz_m).all())


def _touches(region: Region, bgr: U8) -> bool:
    (x, y), reach = region.center_px, region.side_px / 4
    height, width = bgr.shape[:2]
    return -reach < x < width + reach and -reach < y < height + reach


_ARM: Final = ("elbow", "wrist", "index", "pinky")


def _arms_of(person: Sighting) -> list[_Arm | None]:
    """Both hands by the body's landmarks, the networks' mean, else by the detector's keypoints."""
    seen = [result.result() for result in person.landmarks]
    sure = [one for one in seen if one.presence > _PRESENCE and np.isfinite(one.xy_px).all()]
    px_per_m = _scale_of(sure, person)
    out: list[_Arm | None] = []
    for side in SIDES:
        names = [f"{side}_{part}" for part in _ARM]
        told = [(one.skeleton.select(names), one.xy_px) for one in sure]
        told = told or [(COCO_SKELETON.select(names), np.asarray(person.keypoints_px, np.float32))]
        points = np.mean([pick.of(xy) for pick, xy in told], axis=0).astype(np.float64)
        if not told[0][0].known[:2].all() or not np.isfinite(points).all():
            out.append(None)
            continue
        elbow, wrist, index, pinky = points
        if not told[0][0].known.all():
            index = pinky = wrist + _FOREARM_TO_KNUCKLES * (wrist - elbow)
        palm = px_per_m * _PALM_M
        middle = (2 * index + pinky) / 3 - wrist
        short = _PALM_SHARE * palm / max(float(np.linalg.norm(middle)), 1e-6)
        if short > 1:
            index, pinky = wrist + (index - wrist) * short, wrist + (pinky - wrist) * short
        out.append(_Arm(np.stack([wrist, index, pinky]), max(palm, 1e-3)))
    return out


_BODY_M: Final = 1.9
"""Metres of the side of a standing person's region, where no network tells any; by hand."""


def _scale_of(sure: Sequence[Landmarks], person: Sighting) -> float:
    """Pixels per metre at a person's place: by their body in pixels and metres."""
    scales: list[float] = []
    for one in sure:
        if one.xyz_m.any():
            weight = np.asarray(one.score, np.float64)[:, None] + 1e-3
            flat = [np.asarray(v, np.float64) for v in (one.xy_px, one.xyz_m[:, :2])]
            flat = [v - (v * weight).sum(0) / weight.sum() for v in flat]
            px, m = (float(np.sqrt((weight * v**2).sum())) for v in flat)
            scales.append(px / max(m, 1e-6))
    return float(np.mean(scales)) if scales else person.region.side_px / _BODY_M
