"""The formula of the project Limn began as, kept as it was published, and a body without depth.

From the notebook of Fizza Rubab's "3D Human Pose Estimation using Machine Learning" (Wolfram summer
school 2023): every joint takes the depth map's one pixel under it, and over all joints of all
people of a frame z' = 0.4 + 0.2 (z - min) / (max - min); x and y are shares of the picture's width
and height. Its faults are kept, for it is here to be compared with: inverse depth is used as if it
were depth, one wrong pixel rescales everybody, hidden joints take what hides them, a picture that
isn't square distorts bodies, nothing is smooth and no bone keeps its length. Three things it left
open are decided: where all depths are alike, z' is 0.5 (it divided by zero); a joint outside the
map, or unread, gets its person's middle depth; and z' grows towards the viewer, as in its pictures.
Read as pixels, its peak positions would only reach the map's top left quarter: here they are right.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats
from ..data.observations import Observed, TrackObservations
from ..data.settings import ASSUMED_HEIGHT_M, Settings
from ..data.types import Camera, ClipInfo, Progress
from ..depth import reading
from ..geometry.camera import project_camera
from ..perspective.camera_motion import Filming
from ..solving.evidence.evidence import Evidence, gather_evidence
from ..solving.motion_estimator import SOLVING, Estimate, camera_of, stage_of
from ..solving.person import Solved
from ..solving.track.bone_lengths import person_lengths, stature

_MIDDLE: Final = 0.5  # depth of what nobody tells, of the cube's 0 to 1
_COCO: Final = 17
"""The first 15 points and the eyes are COCO's 17 keypoints; feet are not among them."""


def published_depth(z: Floats) -> F64:
    """z' of every joint of every person of one frame, any shape; NaN stays NaN."""
    known = np.isfinite(z)
    out = np.full(np.shape(z), np.nan)
    if known.any():
        low, high = np.min(z[known]), np.max(z[known])
        share = (z[known] - low) / (high - low) if high > low else np.full(known.sum(), 0.5)
        out[known] = 0.4 + 0.2 * share
    return out


def published_points(xy_px: Floats, z: Floats, size_px: tuple[int, int]) -> F64:
    """Joints (p, j, 3) of one frame as published: x / width, y / height and z'.

    ``xy_px`` (p, j, 2) and the depth map's value under each (p, j).
    """
    xy = (np.asarray(xy_px, np.float64) + 0.5) / size_px
    return np.concatenate([xy, published_depth(z)[..., None]], axis=-1)


def solve_published(seen: Observed, camera: Camera, fps: float, settings: Settings) -> list[Solved]:
    """Everybody's joints by the published formula as camera-space points, one skeleton each.

    The unit cube is brought to metres by one factor, so that people come out as tall as they
    should, and put where the picture's width fits the camera.
    """
    views = [gather_evidence(track, camera, fps) for track in seen.tracks]
    cube = _cubes(seen, views, camera)
    statures = [
        stature(person_lengths(_with_feet(xyz, view, 1.0), view.fps))
        for xyz, view in zip(cube, views, strict=True)
    ]
    scale = (settings.height_m or ASSUMED_HEIGHT_M) / float(np.median(statures))
    distance = scale * camera.K[0, 0] / camera.size_px[0]
    out: list[Solved] = []
    for track, view, xyz in zip(seen.tracks, views, cube, strict=True):
        X = _with_feet(xyz * scale + [0.0, 0.0, distance], view, 1.0)
        out.append(_unsolved(track, view, X))
    return out


def solve_flat(seen: Observed, camera: Camera, fps: float, settings: Settings) -> list[Solved]:
    """Everybody with all joints at one distance: what a method without depth has."""
    out: list[Solved] = []
    for track in seen.tracks:
        view = gather_evidence(track, camera, fps)
        ray = np.concatenate([view.xy, np.ones_like(view.xy[..., :1])], axis=-1)
        height = stature(person_lengths(_with_feet(ray, view, 1e-3), view.fps))
        scale = (settings.height_m or ASSUMED_HEIGHT_M) / height
        out.append(_unsolved(track, view, _with_feet(ray * scale, view, 1.0)))
    return out


@dataclass(frozen=True, slots=True)
class PerFrame:
    """A motion estimator that takes every frame by itself, as the project it repeats did: no turns
    of the camera, no contacts, no matter what time lies between frames.

    Implements ``solving.motion_estimator.MotionEstimator``. ``solve`` places everybody's points.
    """

    solve: Callable[[Observed, Camera, float, Settings], list[Solved]]

    def estimate(
        self,
        info: ClipInfo,
        seen: Observed,
        settings: Settings,
        camera: Camera | None,
        edits: Mapping[int, Floats],
    ) -> Generator[Progress, None, Estimate]:
        """Place everybody, with a skeleton of their mean bones; ``edits`` change nothing."""
        filming = Filming(camera_of(info, seen, settings, camera), None)
        stage = stage_of(info, seen, settings, filming)
        solved = self.solve(seen, stage.camera, stage.fps, settings)
        grounds = stage.grounds(solved)
        take = stage.take_of(solved, grounds)
        steps = 2 * len(seen.tracks)
        yield Progress(SOLVING, steps, steps)
        return Estimate(take, all(ground.is_measured for ground in grounds))


BASELINES: Final[Mapping[str, PerFrame]] = {
    "as-published": PerFrame(solve_published),
    "flat": PerFrame(solve_flat),
}
"""The baselines by the estimator's name in settings."""


def _cubes(seen: Observed, views: Sequence[Evidence], camera: Camera) -> list[F64]:
    """Points (t, 19, 3) of everybody in camera axes, the picture's middle at the origin."""
    px = [_pixels(view, camera) for view in views]
    depth = [np.full((len(seen.time_s), _COCO), np.nan) for _ in views]
    for one, track in zip(depth, seen.tracks, strict=True):
        if track.depth is not None:
            chosen = [*range(points.LIMBS + 3), *range(reading.EYES.start, reading.EYES.stop)]
            one[track.frames] = track.depth[:, chosen, reading.PIXEL]
    scaled = np.stack([published_depth(frame) for frame in np.stack(depth, axis=1)], axis=1)
    out: list[F64] = []
    for view, track, xy_px, z in zip(views, seen.tracks, px, scaled, strict=True):
        first = int(track.frames[0])
        own = z[first : first + len(view), : points.LIMBS + 3]
        middle = np.array(
            [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else _MIDDLE for row in own]
        )
        own = np.where(np.isfinite(own), own, middle[:, None])
        feet = own[:, [10, 11, 10, 11]]
        xy = (xy_px + 0.5) / camera.size_px - 0.5
        away = _MIDDLE - np.concatenate([own, feet], axis=1)
        out.append(np.concatenate([xy, away[..., None]], axis=-1))
    return out


def _pixels(view: Evidence, camera: Camera) -> F64:
    ray = np.concatenate([view.xy, np.ones_like(view.xy[..., :1])], axis=-1)
    return project_camera(camera, ray)


def _with_feet(X: Floats, view: Evidence, size: float) -> F64:
    """``X`` with feet of the evidence's shape on its ankles, ``size`` times as large."""
    out = X.copy()
    for ankle, *rest in points.FEET:
        for point in rest:
            foot = view.xyz_m[:, point] - view.xyz_m[:, ankle]
            out[:, point] = X[:, ankle] + foot * size
    return out


def _unsolved(track: TrackObservations, view: Evidence, X: F64) -> Solved:
    lengths = person_lengths(X[view.seen], view.fps)
    evidence = replace(view, xyz_m=X)
    return Solved(track, evidence, lengths, X, np.zeros((len(view), 2)))
