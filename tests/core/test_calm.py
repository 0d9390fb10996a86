"""The last solve is smoother; ``best`` solves no more often; looks in the mirror count half."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.observations import PassWorth
from limn.core.data.settings import Settings
from limn.core.perspective.camera_motion import Filming
from limn.core.pipeline import whole_track
from limn.core.pipeline.films import scene
from limn.core.pipeline.films.scene import solve_films
from limn.core.pipeline.observe import observe
from limn.core.solving import person
from limn.core.solving.calm import calmer
from limn.core.solving.evidence import evidence as gathering
from limn.core.solving.evidence.averages import opinions
from limn.core.solving.motion_estimator import stage_of
from limn.core.solving.person import Solved
from limn.tools.jobs import finished
from recovery import LIMBS, recover
from solved_people import somebody
from synthetic import Clip, Flaws, watch
from synthetic_motion import squatting, turning
from together_views import filmed

BEST = Settings(quality="best")
ANKLES = [7, 8]


@pytest.fixture(scope="module")
def noisy() -> Clip:
    return watch(turning(30.0, 1.5), flaws=Flaws(noise_m=0.04))


@pytest.mark.parametrize("quality", ["fast", "best"])
def test_noise_trembles_less_and_nothing_is_further_off(
    quality: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = watch(squatting(30.0, 1.0), flaws=Flaws(noise_m=0.02))
    calm = recover(clip, clip.estimate(Settings(quality=quality)))
    monkeypatch.setattr(whole_track, "calmer", lambda solved, quality: solved)
    usual = recover(clip, clip.estimate(Settings(quality=quality)))

    def trembles(xyz: np.ndarray) -> float:
        return float(np.linalg.norm(np.diff(xyz[:, LIMBS], n=2, axis=0), axis=-1).mean())

    assert trembles(calm.out) < 0.8 * trembles(usual.out)
    assert calm.aligned_mm.mean() < usual.aligned_mm.mean()


def test_best_takes_no_more_solves_than_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    solve, counted = person.solve_track, list[int]()

    def counting(*given: object, **named: object) -> np.ndarray:
        counted.append(1)
        return solve(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(person, "solve_track", counting)
    clip, count = watch(squatting(30.0, 0.5)), list[int]()
    for quality in ("balanced", "best"):
        counted.clear()
        clip.estimate(Settings(quality=quality))
        count.append(len(counted))
    assert count[0] == count[1] > 0


def test_bones_keep_their_lengths_and_feet_their_places() -> None:
    clip = watch(squatting(30.0, 1.0), flaws=Flaws(noise_m=0.02))
    found = recover(clip, clip.estimate(BEST))
    ankles = found.out[:, ANKLES]
    assert np.linalg.norm(np.diff(ankles, axis=0), axis=-1).mean() < 0.001
    bone = np.linalg.norm(found.out[:, 4] - found.out[:, 7], axis=-1)
    assert np.ptp(bone) < 1e-4


def test_what_else_tells_of_somebody_is_left_alone() -> None:
    solved = somebody(1)
    t = len(solved.X)
    usual, calm = solved.sigmas, calmer(solved, "balanced").sigmas
    assert calmer(solved, "best").sigmas.acceleration < calm.acceleration < usual.acceleration
    assert replace(calm, acceleration=usual.acceleration) == usual
    for told in (
        {"axes": np.tile(np.eye(3), (t, 1, 1)), "origin": np.zeros((t, 3))},
        {"placed": solved.X},
        {"shared": np.ones(t)},
    ):
        other = replace(solved, evidence=replace(solved.evidence, **told))
        assert calmer(other, "best") is other


def test_only_a_clips_own_last_solve_is_smoother() -> None:
    """Clips together are solved on from what each of them tells, as ``joint_solve`` trusts it."""
    clip = watch(squatting(30.0, 0.5))
    seen = finished(observe(clip.source(), clip.detector(), [clip.model()], Settings()))
    stage = stage_of(clip.source().info, seen, BEST, Filming(clip.camera, None))
    (one,), _, _ = finished(whole_track.WholeTrack().solve_stage(stage, {}))
    assert one.sigmas == stage.solve(0, None).sigmas


def test_whom_one_of_several_clips_shows_is_smoother_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Solved]()

    def calming(solved: Solved, quality: str) -> Solved:
        assert quality == "best"
        asked.append(solved)
        return calmer(solved, quality)

    monkeypatch.setattr(scene, "calmer", calming)
    turn = turning(30.0, 1.0)
    finished(solve_films([filmed(turn, 0.0, "a.mp4", 1), filmed(turn, 70.0, "b.mp4", 2)], BEST))
    assert [one.evidence.shared is not None for one in asked] == [True]


def test_a_look_in_the_mirror_is_half_an_opinion() -> None:
    heavy, full = (PassWorth(name, is_precise=True, has_3d=True) for name in ("heavy", "full"))
    assert opinions([heavy, heavy, full]).ravel().tolist() == [1, 0.5, 1]
    assert opinions([heavy, heavy]).ravel().tolist() == [1, 1]
    assert opinions([heavy, full]).ravel().tolist() == [1, 1]


def test_all_that_is_averaged_goes_by_opinions(noisy: Clip) -> None:
    """Of a network's two looks and another one's the second moves the mean by a fifth."""
    seen = noisy.estimate(BEST).observed
    assert seen is not None
    track = seen.tracks[0]
    (look, *_) = track.passes.values()
    own, other = (replace(look, worth=replace(look.worth, network=name)) for name in ("a", "b"))
    moved = replace(own, xy_px=own.xy_px + 5, score=own.score / 2)

    def gathered(**looks: object) -> gathering.Evidence:
        passes = {"a": own, "b": other, **looks}
        told = replace(track, passes=passes)  # type: ignore[arg-type]
        return gathering.gather_evidence(told, noisy.camera, noisy.fps)

    without, beside = gathered(), gathered(mirrored=moved)
    alone = gathered(a=moved, b=moved)
    share = (without.score - beside.score).sum() / (without.score - alone.score).sum()
    assert share == pytest.approx(0.2, abs=1e-3)
    away = (beside.xy - without.xy)[..., 0].mean() / (alone.xy - without.xy)[..., 0].mean()
    assert away == pytest.approx(0.25 / 2.25, abs=1e-3)
