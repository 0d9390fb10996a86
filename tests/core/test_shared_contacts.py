"""A foot stands by what those cameras show that see it, not by what a blind one guesses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.settings import Settings
from limn.core.pipeline.films.scene import scene_of
from limn.core.solving.evidence.other_views import OtherView
from limn.core.solving.floor.contacts import SharedViews, foot_contacts
from limn.core.solving.person import ground_person, solve_from
from limn.tools.jobs import finished
from synthetic_motion import squatting
from together_views import filmed

_T, _FPS = 40, 25.0
_FOOT = list(points.FEET[0])
_SIDEWAYS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""From axes that look along z to those of a camera that looks along -x."""


def _pulled_along(mps: float = 0.5) -> np.ndarray:
    """Points (t, 19, 3) three metres off, whose left foot drifts along the first camera's view."""
    X = np.zeros((_T, points.COUNT, 3))
    X[..., 2] = 3.0
    X[:, _FOOT, 2] += (mps / _FPS * np.arange(_T))[:, None]
    return X


def _views(weight: float, trust: float, sure: list[int] | None = None) -> SharedViews:
    score = np.full((_T, points.COUNT), weight)
    if sure is not None:
        score[:, sure] = 1.0
    other = OtherView(
        R=_SIDEWAYS[None],
        t=np.array([[-3.0, 0.0, 3.0]]),
        xy=np.zeros((_T, points.COUNT, 2)),
        score=score,
        trust=np.full(score.shape, trust),
        radius=np.ones(_T),
        xyz_m=np.zeros((_T, points.COUNT, 3)),
        hands=np.zeros((_T, 2, 2, 3)),
        hand_score=np.zeros((_T, 2)),
    )
    return SharedViews(np.ones((_T, points.COUNT)), (other,), np.ones(_T))


@pytest.mark.parametrize(
    ("weight", "trust", "sure", "stands"),
    [
        (1.0, 1.0, None, False),
        (0.6, 1.0, None, False),
        (0.4, 1.0, None, True),
        (0.6, 0.6, None, True),
        (0.2, 1.0, _FOOT[:1], True),
    ],
)
def test_who_guesses_at_a_foot_has_no_say(
    weight: float, trust: float, sure: list[int] | None, stands: bool
) -> None:
    views = _views(weight, trust, sure)
    seen = np.ones((_T, points.COUNT))
    contacts = foot_contacts(_pulled_along(), seen, _FPS, None, np.inf, None, views)
    assert (contacts[5:-5, 0].min() > 0.9) == stands
    assert contacts[5:-5, 1].min() > 0.9


@pytest.mark.parametrize(("mps", "stands"), [(0.25, True), (0.35, False)])
def test_what_one_of_several_views_trembles_is_no_step(mps: float, stands: bool) -> None:
    seen = np.ones((_T, points.COUNT))
    views = _views(1.0, 1.0)
    contacts = foot_contacts(_pulled_along(mps), seen, _FPS, None, np.inf, None, views)
    assert (contacts[5:-5, 0].min() > 0.9) == stands


def test_a_standing_foot_is_held_as_firmly_as_several_rays_pull_it() -> None:
    films = [filmed(squatting(seconds=2.0), yaw, f"{yaw}.mp4", 1) for yaw in (0.0, 70.0)]
    scene = finished(scene_of(films, Settings()))
    one, ankle = scene.shown[0].solved[0], points.FEET[0][0]
    ground = scene.shown[0].stage.grounds([one])[0]
    noise = 0.002 * np.random.default_rng(4).normal(size=one.evidence.xy.shape)

    def trembles(shared: float) -> list[float]:
        by = np.full(len(one.evidence), shared)
        evidence = replace(one.evidence, xy=one.evidence.xy + noise, shared=by)
        free = solve_from(one.track, evidence, one.lengths, Settings(), one.sigmas, one.X)
        assert free.contacts[5:-5, 0].min() == 1
        moved = (free, ground_person(free, ground, Settings()))
        each = [np.diff(m.X[5:-5, ankle], axis=0) for m in moved]
        return [float(np.linalg.norm(v, axis=-1).mean()) for v in each]

    together, alone = trembles(1.0), trembles(0.0)
    assert together[0] < 0.5 * alone[0]
    assert together[1] < 0.5 * alone[1]
