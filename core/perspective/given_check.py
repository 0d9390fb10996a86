"""Whether a camera that somebody named is this clip's: the background must move as it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.observations import GivenCamera, Observed
from .camera_motion import Filming, followed_in, shots_of
from .path.agreeing import SIGMA
from .path.bundle import Rig, Views, residuals
from .path.placing import points_from
from .path.shot import Seen

_OFF: Final = 2.0
"""Sigmas by which points are off, as a median, from a camera that isn't this clip's: true ones are
off by 0.05 to 0.3 in renders, and one that is a frame late before a hand's sway by 2 and more."""
_MENDED: Final = 0.5
"""What of that another reading of the same numbers must leave to be meant; by hand."""
_FAR: Final = 1e6
"""Where points lie that are infinitely far, in the path's unit times how long it is."""
_TURNS: Final = 0.02
"""Share of the picture by which a given camera must turn its view for a still one to be another;
by hand."""

_LENSES: Final = 0.1 * np.arange(-9, 10)
"""How much longer than guessed a lens may be that nobody gives, in the logarithm; by hand."""
_FINER: Final = (0.05, 0.025, 0.0125, 0.006)
"""Steps in which that is found after, in the logarithm."""
_TELLS: Final = 1.2
"""How much farther off points must be with a lens a tenth longer or shorter, for the path to tell
it; by hand."""
_FOUND_DOUBT: Final = 0.04
"""Share by which a focal length that is told so may be wrong; by hand, as where turning tells."""
_OTHER: Final = (
    "The given camera isn't the one that filmed this: what is behind the people would be "
    "{:.0f} pixels off."
)
_STILL: Final = "The given camera turns, but what is behind the people stands still."

Placing = Callable[[GivenCamera], Filming]
"""How the clip was filmed by a given camera."""


def _of_opengl(given: GivenCamera) -> GivenCamera:
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    return replace(given, T_world_camera=given.T_world_camera @ flip)


def _other_way(given: GivenCamera) -> GivenCamera:
    return replace(given, T_world_camera=np.linalg.inv(given.T_world_camera))


def _shifted(frames: int) -> Callable[[GivenCamera], GivenCamera]:
    return lambda given: replace(given, frames=given.frames + np.int32(frames))


_MEANT: Final[tuple[tuple[str, Callable[[GivenCamera], GivenCamera]], ...]] = (
    ("its axes were OpenGL's, y up and z back", _of_opengl),
    ("its rotations and places took the world to the camera", _other_way),
    ("it began a frame earlier", _shifted(-1)),
    ("it began a frame later", _shifted(1)),
)


def check_given(given: GivenCamera, seen: Observed, filmed: Placing) -> tuple[str, ...]:
    """A sentence where what was ``seen`` behind the people isn't what the ``given`` camera saw."""
    filming = filmed(given)
    longer = float(max(filming.camera.size_px))
    if seen.background is None:
        # Without lines nobody has looked.
        moves = seen.lines is not None and seen.turns is None and _turns_view(filming, longer)
        return (_STILL,) if moves else ()
    off_px = _least_off_px(given, filming, seen)
    if off_px < _OFF * SIGMA * longer:
        return ()
    says = _OTHER.format(off_px)
    for meant, read in _MEANT:
        if _least_off_px(given, filmed(read(given)), seen) < _MENDED * off_px:
            return (f"{says} It would if {meant}.",)
    return (f"{says} Check its axes, its first frame and its lens.",)


def points_off_px(filming: Filming, seen: Observed) -> float:
    """Pixels by which followed points are off from where the camera would see them, at the median;
    0 where none was followed."""
    told = [followed_in(seen.background, filming.camera, shot) for shot in _shots(seen)]
    off = [_off(filming, one) for one in told if one is not None]
    return float(np.median(np.concatenate(off))) if off else 0.0


def with_lens(filming: Filming, seen: Observed) -> Filming:
    """A given path with the lens through which it explains best what was ``seen`` move behind the
    people, if it tells one; else as it is."""
    best = _best_lens(filming, seen)
    off_px = points_off_px(_longer(filming, best), seen)
    others = [points_off_px(_longer(filming, best + by), seen) for by in (-0.1, 0.1)]
    longer_px = max(filming.camera.size_px)
    if off_px == 0 or off_px > SIGMA * longer_px or min(others) < _TELLS * off_px:
        return filming
    found = _longer(filming, best)
    doubt = min(filming.camera.focal_doubt, _FOUND_DOUBT)
    return replace(found, camera=replace(found.camera, focal_doubt=doubt))


def _least_off_px(given: GivenCamera, filming: Filming, seen: Observed) -> float:
    """``points_off_px`` through the lens that suits best, where none is given."""
    best = 0.0 if given.has_lens else _best_lens(filming, seen)
    return points_off_px(_longer(filming, best), seen)


def _best_lens(filming: Filming, seen: Observed) -> float:
    """How much longer a lens puts points nearest, in the logarithm."""
    best = float(min(_LENSES, key=lambda by: points_off_px(_longer(filming, by), seen)))
    for step in _FINER:
        tried = (best - step, best, best + step)
        best = min(tried, key=lambda by: points_off_px(_longer(filming, by), seen))
    return best


def _longer(filming: Filming, by: float) -> Filming:
    """The same through a lens longer ``by`` that, in the logarithm."""
    K = filming.camera.K.copy()
    K[:2, :2] *= np.exp(by)
    return replace(filming, camera=replace(filming.camera, K=K))


def _off(filming: Filming, followed: Seen) -> F64:
    """Pixels (m,) of every sighting in a shot, of points as far away as suits each best."""
    motion, at, n = filming.motion, followed.frames, len(followed.frames)
    turns, centers, zoom = np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), np.ones(n)
    if motion is not None:
        turns = np.swapaxes(motion.R[at], 1, 2)
        centers = centers if motion.centers is None else motion.centers[at]
        zoom = zoom if motion.zoom is None else motion.zoom[at]
    numbers, point = np.unique(followed.point, return_inverse=True)
    views = Views(followed.look, point, followed.xy, SIGMA * followed.longer_px)
    t = -np.einsum("kab,kb->ka", turns, centers)
    rig = Rig(turns, t, np.log(followed.focal * zoom), np.zeros((len(numbers), 3)))
    way = float(np.ptp(centers, axis=0).max())
    far = _distances(views, replace(rig, X=_FAR * max(way, 1.0) * _directions(views, rig)))
    if way == 0:
        return far
    X, _ = points_from(views, rig)
    near = _distances(views, replace(rig, X=np.nan_to_num(X)))
    sums = (np.bincount(point, off) for off in (near, far))
    return np.where(np.less(*sums)[point], near, far)


def _shots(seen: Observed) -> list[slice]:
    return shots_of(seen.cuts, len(seen.time_s))


def _directions(views: Views, rig: Rig) -> F64:
    """Unit vectors (n, 3) to the points, were they infinitely far."""
    ray = np.concatenate([views.xy / rig.focal[views.camera, None], np.ones((len(views.xy), 1))], 1)
    ray = np.einsum("mba,mb->ma", rig.R[views.camera], ray)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    total = np.stack([np.bincount(views.point, each, len(rig.X)) for each in ray.T], axis=-1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)


def _distances(views: Views, rig: Rig) -> F64:
    return np.linalg.norm(residuals(views, rig)[0], axis=1)


def _turns_view(filming: Filming, longer_px: float) -> bool:
    """Whether the camera's turns or zoom move what lies far away through the picture."""
    motion, focal = filming.motion, float(filming.camera.K[0, 0])
    if motion is None:
        return False
    turns = np.linalg.norm(motion.turns, axis=1).max() * focal / longer_px
    zooms = 0.0 if motion.zoom is None else float(np.ptp(motion.zoom)) / 2
    return bool(max(turns, zooms) > _TURNS)
