"""Floors lie where soles do: putting people on them leaves people where the picture shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.arrays import F64
from limn.core.data.settings import Settings
from limn.core.perspective.camera_motion import Filming
from limn.core.pipeline.observe import observe
from limn.core.solving.floor.ground import Ground
from limn.core.solving.floor.standing import SOLE, lowest_over, settle_on_floor
from limn.core.solving.motion_estimator import stage_of
from limn.core.solving.person import Solved
from limn.core.solving.under_soles import floors_under_soles, standing_on
from limn.tools.jobs import finished
from synthetic import Flaws, watch
from synthetic_motion import standing

UP = np.array([0.0, -1.0, 0.0])
SOLES = [k for foot in points.FEET for k in foot[1:]]


@pytest.fixture(scope="module")
def person() -> Solved:
    """Somebody who stands, as solved."""
    clip = watch(standing(30.0, 1.0), flaws=Flaws(noise_m=0.002))
    seen = finished(observe(clip.source(), clip.detector(), [clip.model()], Settings()))
    stage = stage_of(clip.source().info, seen, Settings(), Filming(clip.camera, None))
    return replace(stage.solve(0, None), contacts=np.ones((len(clip.actors[0].motion), 2)))


def lift_m(one: Solved, ground: Ground) -> F64:
    """By what standing on the floor moves a person upwards (t,)."""
    z = ground.height(one.X)
    X = np.stack([one.X[..., 0], one.X[..., 2], z], axis=-1)
    rise = np.zeros((1, 2)) if ground.rise is None else ground.rise
    out = settle_on_floor(X, one.contacts, one.height_m, "auto", one.evidence.fps, rise)
    return (out - X)[:, 0, 2]


def soles_at(one: Solved) -> float:
    """Where a floor would touch the soles, along up."""
    return float(np.median((one.X[:, SOLES] @ UP).min(1))) - SOLE * one.height_m


def test_a_floor_comes_down_to_soles_that_are_deeper(person: Solved) -> None:
    high = Ground(UP, soles_at(person) + 0.02, is_measured=True)
    assert np.median(lift_m(person, high)) == pytest.approx(0.02, abs=0.004)
    (own,) = floors_under_soles([person], [high], [0], "auto")
    assert np.median(lift_m(person, own)) == pytest.approx(0.0, abs=0.002)
    for mode in ("off", "always"):
        assert floors_under_soles([person], [high], [0], mode) == [high]


def test_who_shares_a_floor_goes_on_sharing_it(person: Solved) -> None:
    """Two stand 1 cm above and below a floor, a third on a roof of their own, 2 cm too high."""
    level = soles_at(person)

    def at(height: float) -> Solved:
        return replace(person, X=person.X + height * UP)

    people = [at(0.01), at(-0.01), at(1.0)]
    floor = Ground(UP, level, is_measured=True)
    roof = replace(floor, rise=np.full((len(person.X), 2), 1.02))
    first, second, third = floors_under_soles(people, [floor, floor, roof], [0, 0, 0], "auto")
    assert first.offset == second.offset == third.offset == pytest.approx(level, abs=0.003)
    assert third.levels() == [pytest.approx(1.0, abs=0.004)]
    apart = floors_under_soles(people[:2], [floor, floor], [0, 1], "auto")
    assert apart[0].offset - apart[1].offset == pytest.approx(0.02, abs=0.003), "of another shot"


def test_a_foot_high_over_its_floor_pulls_nobody_down(person: Solved) -> None:
    z = person.X @ UP - soles_at(person)
    flying = np.stack([person.X[..., 0], person.X[..., 2], z + 0.3], axis=-1)
    out = settle_on_floor(flying, person.contacts, person.height_m, "auto", 30.0, np.zeros((1, 2)))
    np.testing.assert_allclose(out, flying, atol=1e-6)
    assert lowest_over(flying[..., 2], person.height_m, np.zeros((1, 2))).min() > 0.28


@pytest.mark.parametrize(("over_m", "contact"), [(0.02, 1.0), (0.12, 0.5), (0.2, 0.0)])
def test_a_foot_that_hangs_over_its_floor_is_in_no_contact(
    person: Solved, over_m: float, contact: float
) -> None:
    """Smoothed and pulled, a foot that was called standing may lie between."""
    ground = Ground(UP, soles_at(person) - over_m, is_measured=True)
    assert np.median(standing_on(person, ground).contacts) == pytest.approx(contact, abs=0.06)
