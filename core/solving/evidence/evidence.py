"""From what the networks saw of one person to the evidence of the track solve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64, Bools, Floats, check_fields, of_shape
from ...data.observations import RADIUS_PER_SIDE, PassObservations, PassWorth, TrackObservations
from ...data.types import Camera
from ...geometry.rotations import normalize
from ...geometry.smoothing import blur
from ...perspective.camera_motion import TrackCamera
from ...perspective.row_by_row import read_at_once
from .averages import by_worth, mean, mean_by_score, mean_worth, opinions, told_3d
from .below_picture import drawn_onto_border, lowered
from .cut_bodies import cut_share, told_by_the_precise
from .flips import repair_flips
from .lens import Lens
from .occluded_legs import flat_body, leg_scores, settle_hidden_legs
from .other_views import OtherView, best_scores

_PRESENCE: Final = 0.3
"""Chance of a person in the crop from which a network's answer counts; by hand."""
_LEAST_AHEAD: Final = 0.15
"""A camera that turns by more than eighty degrees away sees people where no picture is."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Every frame from a track's first to its last, t of them; p = the 19 points.

    * ``xyz_m`` (t, p, 3) the networks' 3D in camera axes, arbitrary origin, straight through holes;
    * ``xy`` (t, p, 2) undistorted picture coordinates x/z, y/z; ``score`` (t, p), 0 = no evidence;
    * ``radius`` (t,) the body's size in the same unit, smooth in time;
    * ``detected_xy`` (t, 12, 2) and ``detected_score`` (t, 12): the limbs as the detector saw them;
    * ``hands`` (t, 2, 2, 3) directions of the left and right hand, wrist to knuckles and little
      finger to index, with ``hand_score`` (t, 2);
    * ``seen`` (t,) False where no network saw the person;
    * ``fps`` of the frames that were read; ``shows_3d`` False where no network told any depth and
      ``xyz_m`` is but the picture's shape;
    * ``sigma_3d`` of ``xyz_m`` against BlazePose's, and ``sigma_2d`` of ``xy``, as in
      ``PassWorth``;
    * ``others``: what further cameras saw, with ``shared`` (t,) from 0 to 1 where they do, and
      ``trust`` (t, p) what a point counts beside its score, None where all count alike.
    * ``axes`` (t, 3, 3) and ``origin`` (t, 3) metres, of a carried camera: from the axes in which
      all of the above but ``hands`` then is, to the shot's, and where rays start there.
      None where the evidence is in the shot's axes and all rays start at one place;
    * ``placed`` (t, p, 3) where points are known in metres, in the solve's own axes, as of another
      tool's motion, with ``placed_sigma_m`` their standard deviation; None from pictures alone;
    * ``cut`` (t,) how far the picture's lower border cuts off the legs, None where it never does;
      ``drawn_in`` (t, 12) then the detected limbs that are but drawn onto that border.
    """

    xyz_m: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    xy: F64 = field(metadata=of_shape("t", points.COUNT, 2))
    score: F64 = field(metadata=of_shape("t", points.COUNT))
    radius: F64 = field(metadata=of_shape("t"))
    detected_xy: F64 = field(metadata=of_shape("t", points.LIMBS, 2))
    detected_score: F64 = field(metadata=of_shape("t", points.LIMBS))
    hands: F64 = field(metadata=of_shape("t", 2, 2, 3))
    hand_score: F64 = field(metadata=of_shape("t", 2))
    seen: Bools = field(metadata=of_shape("t"))
    fps: float
    shows_3d: bool = True
    sigma_3d: float = 1.0
    sigma_2d: float = 0.0
    others: tuple[OtherView, ...] = ()
    shared: F64 | None = field(default=None, metadata=of_shape("t"))
    trust: F64 | None = field(default=None, metadata=of_shape("t", points.COUNT))
    axes: F64 | None = field(default=None, metadata=of_shape("t", 3, 3))
    origin: F64 | None = field(default=None, metadata=of_shape("t", 3))
    placed: F64 | None = field(default=None, metadata=of_shape("t", points.COUNT, 3))
    placed_sigma_m: float = 0.02
    cut: F64 | None = field(default=None, metadata=of_shape("t"))
    drawn_in: Bools | None = field(default=None, metadata=of_shape("t", points.LIMBS))

    def __post_init__(self) -> None:
        check_fields(self)

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def weight(self) -> Floats:
        """(t, p) what each point counts."""
        return self.score if self.trust is None else self.score * self.trust

    @property
    def best_score(self) -> Floats:
        """(t, p) of whichever view sees each point best."""
        return best_scores(self.score, self.others)


def gather_evidence(
    track: TrackObservations, camera: Camera, fps: float, filming: TrackCamera | None = None
) -> Evidence:
    """Bring every network's view into camera axes, repair its flips, then average the networks.

    ``filming`` is the camera of the track's frames, first to last, None for one that stands still.
    Of one that turns all is brought into the axes of its shot, of one that is carried into axes
    that follow its view without its shaking.
    """
    at = track.frames - track.frames[0]
    t = int(at[-1]) + 1
    track = read_at_once(track, camera, None if filming is None else filming.skew)
    lens = Lens(camera, None if filming is None or filming.zoom is None else filming.zoom[at])
    radius = _radius(track, at, t, lens)
    cut = cut_share(track, camera.size_px[1], fps)
    track = lowered(track, camera.size_px[1], cut)
    views = {name: _view(one, track, lens, radius[at], fps) for name, one in track.passes.items()}
    view = _average(views, cut)
    if not view.worth.has_3d:
        view = replace(view, xyz=flat_body(view.xy, radius[at]))
    seen_at = view.presence > _PRESENCE
    seen = np.zeros(t, bool)
    seen[at[seen_at]] = True
    if not seen.any():
        seen[at] = True
    rows = at[seen[at]]
    limbs = track.detected_skeleton.select(points.POINTS[: points.LIMBS])
    detected = lens.normalized(limbs.of(track.detected_xy_px))
    axes = None if filming is None else filming.steady_axes(fps)
    if filming is not None:
        turn = filming.R[at] if axes is None else np.swapaxes(axes[at], 1, 2) @ filming.R[at]
        view = replace(
            view,
            xyz=np.einsum("tab,tpb->tpa", turn, view.xyz),
            xy=_turned(view.xy, turn)[0],
            hands=np.einsum("tab,tskb->tska", filming.R[at], view.hands),
        )
        detected = _turned(detected, turn)[0]
        center = lens.normalized(track.center_px)
        radius = radius * np.interp(np.arange(t), at, _turned(center[:, None], turn)[1][:, 0])
    every_score = _scatter(np.where(seen_at[:, None], view.score, 0.0), at, t)
    xyz = _fill(view.xyz[seen[at]], rows, t)
    evidence = Evidence(
        xyz_m=settle_hidden_legs(xyz, leg_scores(every_score), fps),
        xy=_fill(view.xy[seen[at]], rows, t),
        score=every_score,
        radius=radius,
        detected_xy=_fill(detected[seen[at]], rows, t),
        detected_score=_scatter(limbs.scores(track.detected_score), at, t),
        hands=_fill(view.hands[seen[at]], rows, t),
        hand_score=_scatter(view.hand_score, at, t),
        seen=seen,
        fps=fps,
        shows_3d=view.worth.has_3d,
        sigma_3d=view.worth.sigma_3d,
        sigma_2d=view.worth.sigma_2d,
        axes=axes,
        origin=filming.centers if filming is not None else None,
    )
    return _cut_off(evidence, track, camera, cut, at) if cut.any() else evidence


def _cut_off(
    evidence: Evidence, track: TrackObservations, camera: Camera, cut: Floats, at: Floats
) -> Evidence:
    """``evidence`` of somebody ``cut`` off in their rows, which are the frames ``at``."""
    t = len(evidence)
    drawn_in = _scatter(drawn_onto_border(track, camera.size_px[1], cut), at, t) > 0
    return replace(evidence, cut=np.interp(np.arange(t), at, cut), drawn_in=drawn_in)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One network's view or the mean of all, in single precision: several are held at once."""

    xyz: F32 = field(metadata=of_shape("t", points.COUNT, 3))
    xy: F32 = field(metadata=of_shape("t", points.COUNT, 2))
    score: F32 = field(metadata=of_shape("t", points.COUNT))
    hands: F32 = field(metadata=of_shape("t", 2, 2, 3))
    hand_score: F32 = field(metadata=of_shape("t", 2))
    presence: F32 = field(metadata=of_shape("t"))
    worth: PassWorth

    def __post_init__(self) -> None:
        check_fields(self)


_HANDS: Final = [
    f"{side}_{part}" for side in ("left", "right") for part in ("wrist", "index", "pinky")
]


def _view(
    one: PassObservations, track: TrackObservations, lens: Lens, radius: Floats, fps: float
) -> _View:
    """One network's 19 points, flips repaired by the detector's keypoints."""
    own = one.skeleton.select(points.POINTS)
    xyz = own.of(one.xyz_m).astype(np.float64)
    xy = lens.normalized(own.of(one.xy_px))
    score = own.scores(one.score).astype(np.float64)
    limbs = track.detected_skeleton.select(points.POINTS[: points.LIMBS])
    detected = lens.normalized(limbs.of(track.detected_xy_px))
    sure = limbs.scores(track.detected_score)
    flipped = repair_flips(xy[:, : points.LIMBS], detected, sure, radius, fps, track.frames)
    mirror = points.MIRROR
    # Depth is turned over in the crop's own axes, where the network confused front and back.
    xyz[flipped] = xyz[flipped][:, mirror] * [1.0, 1.0, -1.0]
    xy[flipped] = xy[flipped][:, mirror]
    score[flipped] = score[flipped][:, mirror]
    hands, hand_score = _hands(one)
    hands[flipped] = hands[flipped][:, ::-1] * [1.0, 1.0, -1.0]
    hand_score[flipped] = hand_score[flipped][:, ::-1]
    rotations = lens.rotations_to(track.center_px)
    xyz = np.einsum("tab,tpb->tpa", rotations, xyz)
    hands = np.einsum("tab,tskb->tska", rotations, hands)
    return _View(
        xyz=xyz.astype(np.float32),
        xy=xy.astype(np.float32),
        score=score.astype(np.float32),
        hands=hands.astype(np.float32),
        hand_score=hand_score.astype(np.float32) * one.worth.has_3d,
        presence=one.presence,
        worth=one.worth,
    )


def _turned(xy: Floats, turn: Floats) -> tuple[Floats, Floats]:
    """Picture coordinates (t, p, 2) for a camera turned back, and how much larger (t, p) things
    look there, away from its middle."""
    ray = np.concatenate([xy, np.ones_like(xy[..., :1])], axis=-1)
    moved = np.einsum("tab,tpb->tpa", turn, ray)
    ahead = np.maximum(moved[..., 2:], _LEAST_AHEAD)
    return moved[..., :2] / ahead, 1 / ahead[..., 0]


def _hands(one: PassObservations) -> tuple[F64, F64]:
    """Unit directions (t, 2, 2, 3) and scores (t, 2) of both hands, in the crop's axes."""
    pick, t = one.skeleton.select(_HANDS), len(one.presence)
    xyz = pick.of(one.xyz_m).reshape(t, 2, 3, 3)
    wrist, index, pinky = np.moveaxis(xyz.astype(np.float64), 2, 0)
    directions = np.stack([(index + pinky) / 2 - wrist, index - pinky], axis=2)
    score = pick.scores(one.score).reshape(t, 2, 3)
    return normalize(directions), score.min(-1).astype(np.float64)


def _average(views: Mapping[str, _View], cut: Floats) -> _View:
    """Mean 3D over all passes that tell any; 2D and scores over the precise ones, if there are.

    BlazePose heavy's 2D error is half of full's on real video, while their mean is the better 3D. A
    pass that was rejected in a frame has no say there, nor have the others' 3D of people who are
    ``cut`` (t,).
    """
    each = list(views.values())
    worth = [view.worth for view in each]
    told = np.stack([view.presence > 0 for view in each])
    told |= ~told.any(0)
    is_precise = np.array([one.is_precise for one in worth])
    precise = told & is_precise[:, None]
    precise |= told & ~precise.any(0)
    spatial = told_3d(told, np.array([one.has_3d for one in worth]))
    # Every network has its own idea of where the hips' centre is: align before averaging.
    hips = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
    stacked = np.stack([view.xyz for view in each])
    stacked = stacked - stacked[:, :, hips].mean(2, keepdims=True)
    share = opinions(worth)
    weight = by_worth(told_by_the_precise(spatial, is_precise, cut), worth)
    precise, spatial = share * precise, share * spatial
    return _View(
        xyz=mean(list(stacked), share * weight),
        xy=mean_by_score([view.xy for view in each], [view.score for view in each], precise),
        score=mean([view.score for view in each], precise),
        hands=mean([view.hands for view in each], spatial),
        hand_score=mean([view.hand_score for view in each], spatial),
        presence=np.mean([view.presence for view in each], axis=0),
        worth=mean_worth(worth),
    )


def _radius(track: TrackObservations, at: Floats, t: int, lens: Lens) -> F64:
    sides = track.side_px if lens.zoom is None else track.side_px / lens.zoom
    every = np.interp(np.arange(t), at, sides)
    return blur(every, 5.0) * RADIUS_PER_SIDE / lens.camera.K[0, 0]


def _fill(values: Floats, at: Floats, t: int) -> F64:
    """Rows ``values`` (n, ...) at frames ``at`` to all t frames, straight lines between."""
    flat = values.reshape(len(values), -1)
    grid = np.arange(t)
    out = np.stack([np.interp(grid, at, column) for column in flat.T], axis=-1)
    return out.reshape(t, *values.shape[1:])


def _scatter(values: Floats, at: Floats, t: int) -> F64:
    out = np.zeros((t, *values.shape[1:]))
    out[at] = values
    return out
