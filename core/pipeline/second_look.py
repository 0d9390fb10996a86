"""Keypoints of a second network that looks at everybody closely, told together with the detector's.

The detector sees people small, in whole pictures and every few frames. A network of its family that
looks at each person alone (MoveNet Thunder) tells the same joints, so their mean is the better
detection: of people who are small in the picture, or seen from above, above all. Measured in
docs/notebook/speed.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import U8
from ..data.observations import RADIUS_PER_SIDE, SECOND_LOOK, TrackObservations
from ..data.skeletons import COCO_17
from ..data.types import LandmarkModel, Landmarks, Region
from ..tracking.regions import region_of

_SAME_PERSON: Final = 0.25
"""Of the body's radius: whose limbs lie farther from the landmarks, in the median, is another."""
_BELIEVED: Final = 0.2
"""Of the body's radius: a limb farther from where landmarks have it is somebody else's."""
_LOST: Final = 0.35
"""Of the body's radius: a detected limb farther from where this network has it is left out."""
_SHARE: Final = 0.5
"""What it counts for beside the detector, which looks less closely but errs otherwise; by hand."""
_LEAST_RADIUS_PX: Final = 1e-3
"""Pixels that no body's radius goes below: it is divided by."""
_LIMBS: Final = points.POINTS[: points.LIMBS]
_TRUNK: Final = [5, 6, 11, 12]
"""Shoulders and hips of ``COCO_17``."""
_REACH_TRUNK: Final = 1.9
_REACH_BODY: Final = 1.2
"""Half the crop's side over how far a trunk and a body reach from the hips; MoveNet's own."""
_SEEN: Final = 0.2
"""Score over which MoveNet counts a keypoint."""
_LEAST_SIDE_PX: Final = 8.0
"""Of a crop, whatever the landmarks say; by hand."""


def looks(
    pool: ThreadPoolExecutor,
    models: Sequence[LandmarkModel],
    bgr: U8,
    region: Region,
    known: dict[int, Future[Landmarks]],
) -> list[Future[Landmarks]]:
    """Begin every model's look at ``region`` of a picture but those ``known``, by their place.

    The second look follows the landmarks of the first precise model, which must stand before it:
    work that waits for work given to the pool earlier never holds it up for good.
    """
    results: list[Future[Landmarks]] = []
    guide: Future[Landmarks] | None = None
    for k, model in enumerate(models):
        if k in known:
            results.append(known[k])
        elif model.name == SECOND_LOOK and guide is not None:
            results.append(pool.submit(_follow, model, bgr, region, guide))
        else:
            results.append(pool.submit(model.locate, bgr, region))
        if guide is None and model.worth.is_precise:
            guide = results[-1]
    return results


def _follow(model: LandmarkModel, bgr: U8, region: Region, guide: Future[Landmarks]) -> Landmarks:
    return model.locate(bgr, closer(region, guide.result()))


def closer(region: Region, landmarks: Landmarks) -> Region:
    """MoveNet's crop round ``landmarks`` seen in ``region``, turned along their trunk and without
    the same neighbours; ``region`` itself where nobody is seen.

    Size and centre are those of MoveNet's documentation, its ``determine_crop_region``.
    """
    pick = landmarks.skeleton.select(COCO_17)
    xy, score = pick.of(landmarks.xy_px).astype(float), pick.scores(landmarks.score)
    sure = score > _SEEN
    if not landmarks.presence > 0 or not np.isfinite(xy).all() or not sure.any():
        return region
    box = np.concatenate([xy[sure].min(0), xy[sure].max(0)])
    around = region_of(xy, score, box, region.limbs)
    away = np.abs(xy - xy[11:13].mean(0))
    reach = max(_REACH_TRUNK * away[_TRUNK].max(), _REACH_BODY * away[sure].max())
    return replace(around, side_px=max(2 * float(reach), _LEAST_SIDE_PX))


def told_with_detector(track: TrackObservations) -> TrackObservations:
    """``track`` without the pass of the second look, whose limbs its detection then holds as well.

    ``track`` itself where nobody looked a second time, or nothing tells whom that look saw.
    """
    second = track.passes.get(SECOND_LOOK)
    passes = {name: one for name, one in track.passes.items() if name != SECOND_LOOK}
    if second is None or not passes:
        return track
    sharpest = max(passes.values(), key=lambda one: one.worth.is_precise)
    pick = second.skeleton.select(_LIMBS)
    told, told_score = pick.of(second.xy_px), pick.scores(second.score)
    landmarks = sharpest.skeleton.select(_LIMBS).of(sharpest.xy_px)
    radius = np.maximum(track.side_px * RADIUS_PER_SIDE, _LEAST_RADIUS_PX)[:, None]
    away = np.linalg.norm(told - landmarks, axis=-1) / radius
    is_same = (second.presence > 0) & (sharpest.presence > 0)
    is_same &= np.median(away, axis=1) < _SAME_PERSON
    believed = is_same[:, None] & (away < _BELIEVED)
    rows = track.detected_skeleton.select(_LIMBS).rows
    detected, score = track.detected_xy_px.copy(), track.detected_score.copy()
    before = detected[:, rows]
    share = np.where(np.linalg.norm(told - before, axis=-1) / radius > _LOST, 1.0, _SHARE)
    share = (share * believed)[..., None].astype(np.float32)
    detected[:, rows] = before + share * (told - before)
    score[:, rows] = np.where(believed, np.maximum(score[:, rows], told_score), score[:, rows])
    return replace(track, detected_xy_px=detected, detected_score=score, passes=passes)
