"""What sounds tell of clocks beside what movement tells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.take_file import load_take, save_take
from limn.core.data.types import ClipInfo
from limn.core.data.views.view import Heard
from limn.core.pipeline.films.film import Film
from limn.core.pipeline.films.hearing import heard_together
from limn.core.pipeline.films.scene import scene_of, solve_films
from limn.core.pipeline.solve_again import settings_of, solve_again
from limn.core.together.clocks.hearing import Heards, middle_s
from limn.core.together.clocks.movement import find_links
from limn.core.together.clocks.sound import RATE_HZ, Sound
from limn.core.together.rig import Rig
from limn.tools.jobs import finished
from synthetic_motion import jumping, walking
from together_views import filmed, part_of

MOTION = jumping(30.0)


@pytest.fixture(scope="module")
def two() -> list[Film]:
    """Front from the start, side from 0.2 s on."""
    front = filmed(MOTION, 0.0, "front.mp4", 1)
    return [front, filmed(part_of(MOTION, 6), 70.0, "side.mp4", 2)]


def with_heard(films: list[Film], shift_s: float) -> list[Film]:
    return [films[0], replace(films[1], heard=Heard(shift_s, 0.0, 0.001, 20.0))]


def test_sounds_that_agree_are_kept_and_told_nothing_about(two: list[Film], tmp_path) -> None:  # noqa: ANN001
    take = finished(solve_films(with_heard(two, -0.22), Settings()))
    plain = finished(solve_films(two, Settings()))
    assert not take.warnings
    # Sound finds the place; how pictures lie beside it they tell best themselves.
    assert take.views[0].starts_s == pytest.approx(0.2, abs=0.012)
    assert take.views[0].starts_s == pytest.approx(plain.views[0].starts_s, abs=0.003)
    save_take(take, tmp_path / "a.take.npz")
    loaded = load_take(tmp_path / "a.take.npz")
    assert loaded.views[0].heard == take.views[0].heard == Heard(-0.22, 0.0, 0.001, 20.0)
    again = finished(solve_again(loaded, settings_of(loaded)))
    assert again.views[0].heard == loaded.views[0].heard


def test_a_film_with_music_laid_under_it_is_not_trusted_blindly(two: list[Film]) -> None:
    take = finished(solve_films(with_heard(two, 0.9), Settings()))
    assert take.views[0].starts_s == pytest.approx(0.2, abs=0.012)
    told = [text for text in take.warnings if text.startswith("By their sounds side.mp4 starts")]
    assert told
    assert "0.90 s before front.mp4, by what moves 0.20 s after it" in told[0]
    assert "--shift" in told[0]


def test_who_gives_the_shift_hears_nothing_of_sounds(two: list[Film]) -> None:
    wrong = with_heard(two, 0.9)
    given = replace(wrong[1], given=replace(wrong[1].given, shift_s=-0.2))
    assert not finished(solve_films([two[0], given], Settings())).warnings


def test_sounds_choose_among_steps_that_look_alike() -> None:
    walk = walking(30.0, seconds=6.0)
    films = [filmed(walk, 0.0, "a.mp4", 1), filmed(part_of(walk, 45, 120), 60.0, "b.mp4", 2)]
    a, b = (shown.viewpoint for shown in finished(scene_of(films, Settings())).shown)
    plain = find_links(a, b)
    assert plain[0].shift_s == pytest.approx(-1.5, abs=0.05)
    rival = next(link for link in plain[1:] if link.score > 0.7 * plain[0].score)
    heard = find_links(a, b, None, rival.shift_s)
    assert heard[0].shift_s == pytest.approx(rival.shift_s, abs=0.03)


def test_rates_of_sounds_turn_about_the_middle_of_the_first_clip(two: list[Film]) -> None:
    views = [shown.viewpoint for shown in finished(scene_of(two, Settings())).shown]
    rig = Rig(np.tile(np.eye(3), (2, 1, 1)), np.zeros((2, 3)), np.ones(2),
              np.array([0.0, -0.2]), np.zeros(2))  # fmt: skip
    turned, sigma = Heards((None, Heard(-0.2, 5e-5))).rates_for(rig, views)
    middle = np.array([middle_s(views[0])])
    assert turned.time_of(1, middle) == pytest.approx(rig.time_of(1, middle))
    assert turned.rate[1] == pytest.approx(5e-5)
    assert sigma[1] < sigma[0]
    same, _ = Heards().rates_for(rig, views)
    assert same.rate[1] == 0.0


def test_only_films_with_sound_are_listened_to(two: list[Film]) -> None:
    noise = np.random.default_rng(3).normal(0, 0.1, 40000).astype(np.float32)
    start = {"front.mp4": 0.0, "side.mp4": 0.75, "mute.mp4": None}

    def ear(info: ClipInfo) -> Sound | None:
        from_s = start[info.path]
        return None if from_s is None else Sound(0.0, noise[int(from_s * RATE_HZ) :])

    mute = replace(two[1], info=replace(two[1].info, path="mute.mp4"))
    first, second, third = heard_together([*two, mute], ear)
    assert first.heard is None
    assert third.heard is None
    assert second.heard is not None
    assert second.heard.shift_s == pytest.approx(-0.75, abs=0.001)
    assert heard_together(two[:1], ear)[0] is two[0]
