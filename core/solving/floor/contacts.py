"""Which feet stand, from how fast they move in the picture; of noisy depth only strides count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Bools, Floats, check_fields, of_shape
from ...geometry.rotations import normalize
from ...geometry.smoothing import blur
from ..evidence.other_views import OtherView

_ENTER_MPS: Final = 0.20
"""Metres per second below which a moving foot comes to stand; by hand."""
_LEAVE_MPS: Final = 0.30
"""Metres per second above which a standing foot leaves; by hand."""
_SHORTEST_S: Final = 0.10
"""Seconds below which a stand is none; by hand."""
_EASE_S: Final = 0.08
"""Seconds over which a contact fades in and out; by hand."""
_DEPTH_BLUR_S: Final = 0.2
"""Seconds over which the hips' depth and feet's scores are averaged; by hand."""
_STRIDE: Final = 4.0
"""Along the view a foot must move this many times faster to count as moving: people who step
straight at the camera hardly move theirs in the picture. At 3, noise of far people counts too."""
_STRIDE_BLUR_S: Final = 0.05
"""Seconds over which a foot's way along the view is averaged; by hand."""
_BODY_BLUR_S: Final = 0.4
"""Seconds over which the body's way along the view is averaged; by hand."""
_SCORE: Final = 0.15
"""Score up to which a foot isn't seen; by hand."""
_ON_FLOOR: Final = 0.6
"""Of a foot that is on the floor this share of its speed counts: feet are lifted to be moved, and
what one does that is not is mostly the networks' doubt. On 13 clips of rendered people slide
falls from 3.8 to 3.1 mm a frame, drift from 15.6 to 12.0 mm; at 0.4 walkers stick."""
_LIFTED_M: Final = (0.02, 0.04)
"""Metres over the floor up to which a foot is on it, and from which it isn't; by hand."""
_HAS_A_SAY: Final = 0.5
"""Share of the best view's weight of a foot from which another view has a say; by hand."""
_OF_SEVERAL: Final = 0.65
"""Share of the speed of the view in which a foot moves most: of several that tremble, the fastest
trembles more than one does. On pairs of the studio's people slide falls from 2.04 to 1.71 mm a
frame (docs/notebook/together.md)."""
_STILL_THERE_M: Final = 0.2
"""Metres by which the hips of a standing person sway at most; by hand."""
_NEARBY_S: Final = 0.2
"""Seconds beside a hole in which a seen stand vouches for it; by hand."""
_STAY_S: Final = 0.4
"""Seconds over which the hips' way is averaged, to tell whether somebody stays; by hand."""
_SWAY_S: Final = 0.1
"""Seconds over which the hips' place is averaged before; by hand."""
_STAY_MPS: Final = 0.25
"""Metres per second of the hips up to which somebody stays; by hand."""
_STAY_POWER: Final = 8
"""Against what is usual of a leg that nobody sees a foot that is held a hundredth is held firmly:
who sways at all would bend their legs; by hand."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


def foot_contacts(
    X: Floats,
    score: Floats,
    fps: float,
    height: Floats | None,
    reach_m: float,
    origin: Floats | None = None,
    views: SharedViews | None = None,
    *,
    doubt: float = 0.0,
) -> F64:
    """How firmly each foot stands: (t, 2) in [0, 1], left and right, eased in and out.

    ``X`` (t, 19, 3) camera space; ``score`` (t, 19): feet that nobody saw are not called standing.
    ``height`` (t, 2) of each foot over the floor where the floor is known: feet higher than
    ``reach_m`` are in the air however still they are held, and those on the floor move from a
    higher speed on, by the ``doubt`` in what is seen, 1 of networks' usual errors. ``origin``
    (t, 3) is where a carried camera stands, None for one at rest in the middle of the axes.
    Where several cameras see the person, ``views``, a foot stands that stands still in the pictures
    of all that see it.
    """
    t = len(X)
    out = np.zeros((t, 2))
    if t < 3:
        return out
    seen = np.stack([score[:, foot].max(1) > _SCORE for foot in points.FEET], axis=-1)
    across, strides = _speeds(X, seen, fps) if origin is None else _passed(X, seen, fps, origin)
    for side in range(len(points.FEET)):
        speed = across[:, side]
        speed = np.maximum(speed, strides[:, side] / _STRIDE)
        if views is not None:
            speed = speed + views.shared * (_in_all(X, views, across, side, fps) - speed)
        may = seen[:, side]
        if height is not None:
            may = may & (height[:, side] < reach_m)
            speed = speed * (1 - doubt * _slowed(height[:, side]))
        out[:, side] = stands(speed, may, fps)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class SharedViews:
    """What several cameras saw: the ``weight`` (t, 19) of the track's own rays, the ``others``, and
    ``shared`` (t,) from 0 to 1 how far they see the person too."""

    weight: F64 = field(metadata=of_shape("t", points.COUNT))
    others: tuple[OtherView, ...]
    shared: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def _in_all(X: Floats, views: SharedViews, own: Floats, side: int, fps: float) -> F64:
    """How fast a foot moves, by the view that sees it move most, (t,) m/s, ``own`` (t, 2) being
    the first one's; in space only strides count, as what is far from all rays trembles."""
    foot = list(points.FEET[side])
    moved = np.linalg.norm(np.gradient(X[:, foot], axis=0), axis=-1)
    fastest = np.median(moved, axis=1) * fps / _STRIDE
    weights = [one[:, foot].mean(1) for one in (views.weight, *(v.weight for v in views.others))]
    # Who hardly sees a foot, behind somebody or the body itself, guesses: its rays tremble, or are
    # that one's. All of a foot counts, as one of its points is often guessed at a high score.
    least = np.maximum(_SCORE, _HAS_A_SAY * np.max(weights, axis=0))
    fastest = np.maximum(fastest, own[:, side] * (weights[0] > least))
    for other, weight in zip(views.others, weights[1:], strict=True):
        every = np.ones((len(X), 2), bool)
        if other.is_carried:
            across, _ = _passed(X, every, fps, other.origin)
        else:
            across, _ = _speeds(other.seen(X), every, fps)
        fastest = np.maximum(fastest, across[:, side] * (weight > least))
    return _OF_SEVERAL * fastest


def _slowed(height: Floats) -> Floats:
    """By what share the speed of a foot at ``height`` (t,) metres over its floor counts less."""
    low, high = _LIFTED_M
    return (1 - _ON_FLOOR) * np.clip((high - height) / (high - low), 0, 1)


def stands(speed: Floats, may: Bools, fps: float) -> F64:
    """How firmly a foot of this ``speed`` (t,) m/s stands where it ``may`` (t,): (t,) in [0, 1]."""
    return _ease(_drop_short(_hysteresis(speed, may), _SHORTEST_S * fps), fps)


def _speeds(X: Floats, seen: Bools, fps: float) -> tuple[F64, F64]:
    """How fast each foot moves across the view and along it, (t, 2) each, m/s."""
    hips = X[:, _HIPS, 2].mean(1)
    depth = blur(hips, max(_DEPTH_BLUR_S * fps, 0.5))
    across = np.zeros((len(X), 2))
    for side, foot in enumerate(points.FEET):
        # Of places in the picture, not of metres: those move when only the distance is misjudged.
        moved = np.gradient(X[:, foot, :2] / X[:, foot, 2:], axis=0) * depth[:, None, None]
        across[:, side] = np.median(np.linalg.norm(moved, axis=-1), axis=1) * fps
    return across, _stride_speeds(X, seen, hips, fps)


def _passed(X: Floats, seen: Bools, fps: float, origin: Floats) -> tuple[F64, F64]:
    """The same before a carried camera, whose own way is part of what points do in the picture."""
    view = normalize(X.mean(1) - origin)
    V = np.gradient(X, axis=0) * fps
    along = np.einsum("tpa,ta->tp", V, view)
    sideways = np.linalg.norm(V - along[..., None] * view[:, None], axis=-1)
    across = np.stack([np.median(sideways[:, foot], axis=1) for foot in points.FEET], axis=-1)
    hips = along[:, _HIPS].mean(1)
    quick, slow = max(_STRIDE_BLUR_S * fps, 0.5), max(_BODY_BLUR_S * fps, 0.5)
    strides = np.stack([blur(along[:, f].mean(1) - hips, quick) for f in points.FEET], axis=-1)
    return across, _less_of(blur(hips, slow)[:, None] + strides, np.abs(strides), seen)


def _stride_speeds(X: Floats, seen: Bools, hips: Floats, fps: float) -> F64:
    """How fast each foot moves along the view, (t, 2) m/s, and faster or slower than the other one.

    People step with one foot at a time. Two feet that move alike along the view, and not in the
    picture, are a body whose distance was misjudged: they stand. Where one foot isn't seen, the
    hips are the witness for the other.
    """
    body = blur(hips, max(_BODY_BLUR_S * fps, 0.5))
    strides = np.stack(
        [
            blur(X[:, foot, 2].mean(1) - hips, max(_STRIDE_BLUR_S * fps, 0.5))
            for foot in points.FEET
        ],
        axis=-1,
    )
    own = np.gradient(body[:, None] + strides, axis=0) * fps
    from_body = np.abs(np.gradient(strides, axis=0)) * fps
    return _less_of(own, from_body, seen)


def _less_of(own: Floats, from_body: Floats, seen: Bools) -> F64:
    """A foot's own way along the view, or that from the other foot or the body if it is less."""
    apart = np.where(seen.all(1, keepdims=True), np.abs(own[:, :1] - own[:, 1:]), from_body)
    return np.minimum(np.abs(own), apart)


def _hysteresis(speed: Floats, may: Bools) -> Bools:
    """On below the entering speed, off above the leaving one, as it was in between."""
    on = np.zeros(len(speed), bool)
    state = False
    for i, (v, allowed) in enumerate(zip(speed, may, strict=True)):
        state = bool(allowed) and bool(v < (_LEAVE_MPS if state else _ENTER_MPS))
        on[i] = state
    return on


def _drop_short(on: Bools, shortest: float) -> Bools:
    out = on.copy()
    for start, stop in spans(on):
        if stop - start < shortest:
            out[start:stop] = False
    return out


def _ease(on: Bools, fps: float) -> F64:
    """Full weight inside, falling to zero towards the ends of a contact over the easing time."""
    width = max(3, int(_EASE_S * fps) | 1)
    padded = np.pad(on.astype(float), width // 2, mode="edge")
    share = np.convolve(padded, np.full(width, 1 / width), mode="valid")
    return np.clip(2 * share - 1, 0, 1)


def spans(on: Bools) -> list[tuple[int, int]]:
    """(start, stop) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def weights_per_point(contacts: Floats) -> F64:
    """(t, 2) feet to (t, 19) points: ankle, heel and toe of a standing foot stand."""
    out = np.zeros((len(contacts), points.COUNT))
    for side, foot in enumerate(points.FEET):
        out[:, list(foot)] = contacts[:, side : side + 1]
    return out


def unseen_stands(X: Floats, score: Floats, fps: float, contacts: Floats) -> F64:
    """How likely unseen feet stand, (t, 2): hidden legs of a person who stays put don't wander.

    ``contacts`` (t, 2) of the feet that are seen: one that stood when it was last seen, or stands
    when it is seen again, stays where it is while the hips stay over it. Not contacts to be shown
    or put on the floor, only a reason to hold still in the solve.
    """
    out = np.zeros((len(X), 2))
    if len(X) < 3:
        return out
    hips = X[:, _HIPS].mean(1)
    slow = np.stack([blur(c, max(_STAY_S * fps, 0.5)) for c in hips.T], axis=-1)
    # Who sways stays on average only: legs that nobody sees would bend under such hips.
    calm = np.stack([blur(c, max(_SWAY_S * fps, 0.5)) for c in hips[:, :2].T], axis=-1)
    speed = np.linalg.norm(np.gradient(calm, axis=0), axis=-1) * fps
    speed = blur(speed, max(_STAY_S * fps, 0.5))
    stays = np.clip(2 - speed / _STAY_MPS, 0, 1) ** _STAY_POWER
    for side, foot in enumerate(points.FEET):
        best = score[:, foot].max(1)
        seen = blur(best, max(_DEPTH_BLUR_S * fps, 0.5))
        still = stays * np.clip(2 - seen / _SCORE, 0, 1)
        out[:, side] = np.maximum(still, _held(contacts[:, side], slow, best, fps))
    return out


def _held(contact: Floats, hips: Floats, score: Floats, fps: float) -> F64:
    """(t,) 1 where an unseen foot goes on standing as before or already stands as afterwards."""
    out = np.zeros(len(contact))
    near = max(1, int(_NEARBY_S * fps))
    for start, stop in spans(score <= _SCORE):
        for edge, frames in ((start, range(start, stop)), (stop, range(stop - 1, start - 1, -1))):
            around = contact[max(edge - near, 0) : edge + near]
            if around.max(initial=0.0) < 0.5:
                continue
            at = hips[min(max(edge, 0), len(hips) - 1), :2]
            for i in frames:
                if np.linalg.norm(hips[i, :2] - at) > _STILL_THERE_M:
                    break
                out[i] = 1.0
    return out
