"""People of unlike heights before several cameras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.pipeline.films.scene import solve_films
from limn.tools.jobs import finished
from synthetic import Flaws, watch
from synthetic_motion import jumping, squatting, walking
from together_views import film, part_of, round_about


def test_people_far_taller_and_smaller_than_was_assumed_are_of_one_scene() -> None:
    """Each view takes everybody for as tall, so it has them in wrong places: rays meet all the
    same."""
    motions = [jumping(30.0), part_of(squatting(30.0), 0, 87), walking(30.0, seconds=2.9)]
    people = [
        replace(one, root_xyz=one.root_xyz * size, rest_xyz=one.rest_xyz * size).moved(at)
        for one, size, at in zip(
            motions, (1.0, 0.75, 1.2), ((-1.0, 0.0), (0.0, 1.0), (1.1, 0.3)), strict=True
        )
    ]
    films = [
        film(watch(*people, camera=round_about(yaw), flaws=Flaws(0.01, seed=k)), f"{k}.mp4")
        for k, yaw in enumerate((0.0, 75.0))
    ]
    take = finished(solve_films(films, Settings()))
    (view,) = take.views
    assert view.agreement.cost < 0.35
    tall = np.sort([person.height_m for person in take.people])
    assert tall / tall[1] == pytest.approx([0.75, 1.0, 1.2], rel=0.06)
