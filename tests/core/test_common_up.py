"""Up of several cameras: lines that people and other cameras agree with are believed."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.geometry.rotations import exp_so3
from limn.core.together.rig import Rig
from limn.core.together.upright import common_up

TURN = exp_so3(np.array([0.1, 1.2, -0.05]))
"""From the first camera's axes to the second one's."""
RIG = Rig(np.stack([np.eye(3), TURN]), np.zeros((2, 3)), np.ones(2), np.zeros(2), np.zeros(2))
UP = np.array([0.0, -1.0, 0.0])


def tilted(deg: float) -> np.ndarray:
    """Up in the first camera's axes, off by ``deg``."""
    return exp_so3(np.array([np.radians(deg), 0, 0])) @ UP


def lines(up: np.ndarray, c: int) -> np.ndarray:
    """Axes of camera ``c`` whose lines tell ``up`` of the first one's axes, in no order."""
    across = np.cross(up, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    return np.stack([across, -up, np.cross(up, across)]) @ RIG.R[c].T


def off_deg(found: np.ndarray | None, reference: int = 0) -> float:
    assert found is not None
    return float(np.degrees(np.arccos(np.clip(found @ RIG.R[reference] @ UP, -1, 1))))


@pytest.mark.parametrize("reference", [0, 1])
def test_lines_that_people_contradict_are_outvoted_by_those_of_another_camera(
    reference: int,
) -> None:
    axes = [lines(tilted(12.0), 0), lines(tilted(-1.0), 1)]
    people = RIG.R[reference] @ tilted(2.0)
    assert off_deg(common_up(axes, RIG, reference, people), reference) < 1.1
    assert off_deg(common_up([lines(tilted(21.0), 0), axes[1]], RIG, 0, tilted(4.0))) < 1.1


def test_a_camera_without_lines_has_those_of_another() -> None:
    assert off_deg(common_up([None, lines(UP, 1)], RIG, 0, tilted(4.0))) < 0.01


def test_own_lines_count_most_where_all_agree() -> None:
    up = common_up([lines(UP, 0), lines(tilted(2.0), 1)], RIG, 0, tilted(5.0))
    assert 0.2 < off_deg(up) < 0.6


def test_a_roof_is_no_up_but_people_may_lean_where_cameras_agree() -> None:
    assert common_up([lines(tilted(14.0), 0), None], RIG, 0, UP) is None
    assert common_up([None, None], RIG, 0, UP) is None
    leaning = tilted(14.0)
    assert off_deg(common_up([lines(UP, 0), lines(UP, 1)], RIG, 0, leaning)) < 0.01
    assert common_up([lines(UP, 0), lines(UP, 1)], RIG, 0, tilted(25.0)) is None
