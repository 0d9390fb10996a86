"""Several clips of one scene: clocks, people and cameras, and in plain words what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, check_fields, of_shape
from ..data.errors import ClipError
from ..data.views.view import Agreement
from ..solving.track.bone_lengths import stature
from .adjusting.adjustment import Adjusted, Free, adjust
from .adjusting.equations import BONES, FOCAL, GROUPS
from .agreement import STRANGE_COST, angle_deg, doubt_of, judge
from .clocks.hearing import Heards, middle_s
from .clocks.movement import Link, find_links
from .mirroring import mirrored
from .rig import Rig
from .sightings import Viewpoint
from .start import Group, place_camera

_FRAMES: Final = 80
"""Frames of everybody together that cameras are adjusted by; more cost time and tell no more."""
_QUICK: Final = (24, 8)
"""Frames and rounds when ways of fitting two clips together are compared; by hand."""
_RIVALS: Final = 3
"""Ways that are compared at most; by hand."""
_CLOSE: Final = 0.6
"""A way whose people correlate by less than this share of the best is no rival; by hand."""
_AS_GOOD: Final = 0.6
"""A way at another shift that fits by this share of the best is told of: 0.73 to 0.92 where the
only person walks evenly, up to 0.37 otherwise."""
_MIRRORED: Final = 1.5
"""A film whose mirror image fits this many times better was mirrored; by hand."""
_LONG_S: Final = 30.0
"""Seconds of overlap from which clocks may go at different rates; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the cameras, each None where it isn't: every view's ``shift_s`` against the
    first's, ``poses`` (c, 4, 4) from the first camera's axes to each, metres, and the distance in
    metres of the second camera from the first; ``height_m`` of people; ``heards``, what sounds tell
    of the clocks."""

    shift_s: tuple[float | None, ...]
    poses: F64 | None = field(default=None, metadata=of_shape("c", 4, 4))
    distance_m: float | None = None
    height_m: float | None = None
    heards: Heards = field(default_factory=Heards)

    def __post_init__(self) -> None:
        check_fields(self, c=len(self.shift_s))

    def given_between(self, a: int, b: int) -> float | None:
        """By how much more the clock of view ``b`` shows than that of ``a``, None where nobody told
        both."""
        own, theirs = self.shift_s[a], self.shift_s[b]
        return None if own is None or theirs is None else theirs - own


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The ``rig`` in metres, who is who, everybody's ``lengths`` (g, 6) in metres, by what share
    each focal length may still be wrong, ``focal_doubt`` (c,), and of every view but the first how
    well it agrees, with sentences about what is doubtful."""

    rig: Rig
    groups: tuple[Group, ...]
    lengths: F64 = field(metadata=of_shape("g", BONES))
    focal_doubt: F64 = field(metadata=of_shape("c"))
    agreements: tuple[Agreement, ...]
    doubts: tuple[str, ...]

    def __post_init__(self) -> None:
        check_fields(self, g=len(self.groups))


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """View ``b`` placed beside view ``a``; ``rival_s``: how much later than found ``b`` may begin
    nearly as well, if it may."""

    a: int
    b: int
    link: Link
    R: F64 = field(metadata=of_shape(3, 3))
    t: F64 = field(metadata=of_shape(3))
    cost: float
    off: float
    rival_s: float | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def pair(self) -> tuple[int, int]:
        """Both views."""
        return self.a, self.b

    @property
    def fit(self) -> float:
        """How well the views fit: more people who move more alike, whose rays meet better."""
        return self.link.score / (0.1 + self.cost)


def find_rig(views: Sequence[Viewpoint], known: Known, assumed_height_m: float) -> Found:
    """Cameras, clocks and people of two ``views`` or more; the first one's axes are the world's.

    Raises ClipError, in a sentence that says what to do, where a clip can't belong to the others or
    was mirrored.
    """
    edges = _tree(views, known)
    rig, groups = _joined(views, edges, known)
    has_lens = tuple(view.has_free_focal for view in views)
    is_long = any(edge.link.overlap_s > _LONG_S for edge in edges)
    is_posed = known.poses is not None
    rig, sigma = known.heards.rates_for(rig, views) if is_long else (rig, None)
    carried = tuple(view.is_carried for view in views)
    free = Free(has_lens, not is_posed, True, is_long, sigma, sizes=carried)
    adjusted = adjust(views, groups, rig, free, _FRAMES)
    if not is_posed:
        adjusted = _in_metres(views, groups, adjusted, known, assumed_height_m)
    agreements = tuple(
        judge(
            edge.link,
            edge.cost,
            edge.off,
            angle_deg(views, groups, adjusted.rig, edge.a, edge.b),
            has_rival=edge.rival_s is not None,
        )
        for edge in sorted(edges, key=lambda e: e.b)
    )
    doubts = [
        doubt_of(views[edge.b].name, views[edge.a].name, agreement, edge.rival_s)
        for edge, agreement in zip(sorted(edges, key=lambda e: e.b), agreements, strict=True)
    ]
    doubts += [
        known.heards.doubt(views, adjusted.rig, edge.a, edge.b)
        for edge in edges
        if known.given_between(*edge.pair) is None
    ]
    return Found(
        adjusted.rig,
        groups,
        adjusted.lengths,
        adjusted.spread[:, FOCAL],
        agreements,
        tuple(text for text in doubts if text),
    )


def _tree(views: Sequence[Viewpoint], known: Known) -> list[_Edge]:
    """Every view beside one that is placed already, the surest first (Prim's tree)."""
    placed, edges = [0], list[_Edge]()
    tried: dict[tuple[int, int], _Edge | None] = {}
    while len(placed) < len(views):
        open_ends = [(a, b) for a in placed for b in range(len(views)) if b not in placed]
        for a, b in open_ends:
            if (a, b) not in tried:
                tried[a, b] = _edge(views, a, b, known)
        found = [edge for pair in open_ends if (edge := tried[pair]) is not None]
        if not found:
            _, b = open_ends[0]
            raise ClipError(_never_together(views[b].name, views[0].name))
        best = max(found, key=lambda edge: edge.fit)
        _refuse_stranger(views, best, known)
        edges.append(best)
        placed.append(best.b)
    return edges


def _edge(views: Sequence[Viewpoint], a: int, b: int, known: Known) -> _Edge | None:
    """The likeliest way to place ``b`` beside ``a``: people who move alike, where rays meet."""
    heard = known.heards.between(a, b)
    heard_s = None if heard is None else heard.at(middle_s(views[a]))
    links = find_links(views[a], views[b], known.given_between(a, b), heard_s)
    edges: list[_Edge] = []
    for link in links[:_RIVALS]:
        if link.score < _CLOSE * links[0].score:
            break
        edge = _placed(views, a, b, link)
        if edge is not None:
            edges.append(edge)
    if not edges:
        return None
    best, *others = sorted(edges, key=lambda edge: -edge.fit)
    rival = next((one for one in others if one.fit > _AS_GOOD * best.fit), None)
    if rival is None:
        return best
    return replace(best, rival_s=best.link.shift_s - rival.link.shift_s)


def _placed(views: Sequence[Viewpoint], a: int, b: int, link: Link) -> _Edge | None:
    pair = views[a], views[b]
    start = place_camera(*pair, link.pairs, link.shift_s)
    if start is None:
        return None
    R, t = start
    rig = Rig(
        R=np.stack([np.eye(3), R]),
        t=np.stack([np.zeros(3), t]),
        focal=np.ones(2),
        shift_s=np.array([0.0, link.shift_s]),
        rate=np.zeros(2),
    )
    lenses = (pair[0].has_free_focal, pair[1].has_free_focal)
    free = Free(lenses, sizes=(pair[0].is_carried, pair[1].is_carried))
    adjusted = adjust(pair, link.pairs, rig, free, *_QUICK)
    return _Edge(
        a, b, link, adjusted.rig.R[1], adjusted.rig.t[1], adjusted.cost, float(adjusted.off.max())
    )


def _refuse_stranger(views: Sequence[Viewpoint], edge: _Edge, known: Known) -> None:
    """Raise ClipError for a clip that can't belong, or was mirrored."""
    name, other = views[edge.b].name, views[edge.a].name
    image = [mirrored(view) if i == edge.b else view for i, view in enumerate(views)]
    twin = _edge(image, edge.a, edge.b, known)
    if twin is not None and twin.fit > _MIRRORED * edge.fit and twin.cost < STRANGE_COST:
        raise ClipError(
            f"{name} seems to be mirrored, as films of selfie cameras are, or {other} is: mirror "
            "it back in a video editor and try again."
        )
    if known.shift_s[edge.b] is None and edge.cost > STRANGE_COST:
        raise ClipError(
            f"{name} shows other people than {other}, or another time or place: leave it out, or "
            "give its --shift if you know that both were filmed at once."
        )


def _never_together(name: str, other: str) -> str:
    return (
        f"{name} and {other} never show the same people at once for long enough: film them so that "
        "they overlap by a second or more, or leave one out."
    )


def _joined(
    views: Sequence[Viewpoint], edges: Sequence[_Edge], known: Known
) -> tuple[Rig, tuple[Group, ...]]:
    """All cameras in the first one's axes, and who is who in all views that show two or more."""
    n = len(views)
    R, t, shift_s = np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), np.zeros(n)
    members: list[dict[int, int]] = []
    for edge in edges:
        R[edge.b], t[edge.b] = edge.R @ R[edge.a], edge.R @ t[edge.a] + edge.t
        shift_s[edge.b] = shift_s[edge.a] + edge.link.shift_s
        for i, j in edge.link.pairs:
            group = next((one for one in members if one.get(edge.a) == i), None)
            if group is None:
                group = {edge.a: i}
                members.append(group)
            group[edge.b] = j
    if known.poses is not None:
        R[:], t[:] = known.poses[:, :3, :3], known.poses[:, :3, 3]
    groups = tuple(tuple(one.get(c) for c in range(n)) for one in members)
    return Rig(R, t, np.ones(n), shift_s, np.zeros(n)), groups


def _in_metres(
    views: Sequence[Viewpoint],
    groups: Sequence[Group],
    adjusted: Adjusted,
    known: Known,
    assumed_height_m: float,
) -> Adjusted:
    """One scale for the whole scene: a known distance of cameras, or people's mean height."""
    rig = adjusted.rig
    if known.distance_m is not None:
        scale = known.distance_m / max(float(np.linalg.norm(rig.t[1])), 1e-6)
    else:
        heights = [stature(one[GROUPS][: len(points.LIMB_BONES)]) for one in adjusted.lengths]
        # Who is small in the picture or hardly seen says little about the size of the scene.
        weight = [_clearness(views, group) for group in groups]
        mean = float(np.exp(np.average(np.log(heights), weights=weight)))
        scale = (known.height_m or assumed_height_m) / mean
    return replace(adjusted, rig=rig.scaled(scale), lengths=adjusted.lengths * scale)


def _clearness(views: Sequence[Viewpoint], group: Group) -> float:
    seen = [views[c].people[who] for c, who in enumerate(group) if who is not None]
    return float(np.mean([(one.score.mean(1) * one.radius).sum() for one in seen])) + 1e-6
