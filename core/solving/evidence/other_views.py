"""What further cameras saw of the person whom a track follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape
from ...geometry.smoothing import blur, eased

_SHARED: Final = (0.2, 0.4)
"""Mean scores of the limbs between which another view comes to see somebody; by hand."""
_SHARED_BLUR_S: Final = 0.08
"""Seconds over which one view's rules pass into those of several; by hand."""

_SHARED_ACCELERATION: Final = 0.5
"""Where several cameras see somebody, what trembles is noise in smaller accelerations already, as
depth is seen: this share of what one view takes for true; tuned on two takes."""
_SHARED_CARRIED: Final = 0.83
"""Likewise of a carried camera, which takes less for true already; both make 0.5."""
_SHARED_LOCK: Final = 4.0
"""Times as firmly a standing foot is held where several cameras see somebody: their rays pull it
along all axes at once. On pairs of the studio's people slide falls from 0.41 to 0.30 mm a frame and
nothing else changes (docs/notebook/together.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class OtherView:
    """A further camera at a track's t frames; p = the 19 points.

    A point X in the track's axes lies at ``R X + t`` in this one's: ``R`` (n, 3, 3), ``t`` (n, 3)
    metres, where n is t for a camera that ``is_carried`` and 1 for one that stands. ``xy``
    (t, p, 2) undistorted x/z and y/z there, ``score`` (t, p), 0 = no evidence, and ``trust`` (t, p)
    what a point counts beside that; ``radius`` (t,) the body's size in that unit; ``xyz_m``
    (t, p, 3) the networks' 3D in this camera's axes. ``hands`` (t, 2, 2, 3) with ``hand_score``
    (t, 2) as in ``Evidence``, in the track's axes.
    """

    R: F64 = field(metadata=of_shape("n", 3, 3))
    t: F64 = field(metadata=of_shape("n", 3))
    xy: F64 = field(metadata=of_shape("t", points.COUNT, 2))
    score: F64 = field(metadata=of_shape("t", points.COUNT))
    trust: F64 = field(metadata=of_shape("t", points.COUNT))
    radius: F64 = field(metadata=of_shape("t"))
    xyz_m: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    hands: F64 = field(metadata=of_shape("t", 2, 2, 3))
    hand_score: F64 = field(metadata=of_shape("t", 2))

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def weight(self) -> Floats:
        """(t, p) what each point counts."""
        return self.score * self.trust

    @property
    def is_carried(self) -> bool:
        """Whether it stands elsewhere in every frame."""
        return len(self.R) > 1

    def seen(self, X: Floats) -> F64:
        """Points ``X`` (t, p, 3) of the track's axes in this camera's."""
        return np.asarray(X @ np.swapaxes(self.R, 1, 2) + self.t[:, None], np.float64)

    @property
    def origin(self) -> F64:
        """(n, 3) where it stands in the track's axes."""
        return -np.einsum("tba,tb->ta", self.R, self.t)

    def cut(self, window: slice) -> OtherView:
        """The frames of a window."""
        at = window if self.is_carried else slice(None)
        return replace(
            self,
            R=self.R[at],
            t=self.t[at],
            xy=self.xy[window],
            score=self.score[window],
            trust=self.trust[window],
            radius=self.radius[window],
            xyz_m=self.xyz_m[window],
            hands=self.hands[window],
            hand_score=self.hand_score[window],
        )


def shared_frames(others: tuple[OtherView, ...], fps: float) -> F64:
    """How far another view sees the person too, (t,) from 0 to 1."""
    low, high = _SHARED
    seen = np.max([one.score[:, : points.LIMBS].mean(1) for one in others], axis=0)
    return blur(eased((seen - low) / (high - low)), max(_SHARED_BLUR_S * fps, 0.5))


def held_firmly(weight: Floats, shared: Floats | None) -> Floats:
    """The ``weight`` (t, p) by which planted points stand, greater where other views see them too,
    by ``shared`` (t,); as it is where that is None."""
    return weight if shared is None else weight * (1 + (_SHARED_LOCK - 1) * shared[:, None])


def calmer(shared: Floats, is_carried: bool) -> Floats:
    """What share of accelerations that one view takes for true is so where others see the person
    too, by ``shared``; the one view's camera may be carried."""
    return 1 + ((_SHARED_CARRIED if is_carried else _SHARED_ACCELERATION) - 1) * shared


def best_scores(score: Floats, others: tuple[OtherView, ...]) -> Floats:
    """(t, p) of the view that sees each point best, the own one's ``score`` (t, p) among them."""
    for one in others:
        score = np.maximum(score, one.score)
    return score


def best_hands(
    hands: Floats, hand_score: Floats, others: tuple[OtherView, ...]
) -> tuple[Floats, Floats]:
    """``hands`` (t, 2, 2, 3) and ``hand_score`` (t, 2) from the view that sees each hand best."""
    for one in others:
        is_better = one.hand_score > hand_score
        hands = np.where(is_better[..., None, None], one.hands, hands)
        hand_score = np.maximum(hand_score, one.hand_score)
    return hands, hand_score
