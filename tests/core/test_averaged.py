"""``best`` takes the mean over solves that trust their evidence differently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.types import Take
from limn.core.pipeline import whole_track
from limn.core.solving.averaged import TRUSTS, at_mean, is_averaged, one_look_each, under
from recovery import recover
from solved_people import somebody
from synthetic import Clip, Flaws, watch
from synthetic_motion import squatting, turning

BEST = Settings(quality="best")


@pytest.fixture(scope="module")
def noisy() -> Clip:
    return watch(turning(30.0, 1.5), flaws=Flaws(noise_m=0.04))


def quats(take: Take) -> np.ndarray:
    return take.people[0].quat_parent_joint


def test_the_mean_errs_less_than_one_solve(noisy: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    mean = recover(noisy, noisy.estimate(BEST)).aligned_mm.mean()
    monkeypatch.setattr(whole_track, "TRUSTS", ())
    one = recover(noisy, noisy.estimate(BEST)).aligned_mm.mean()
    assert mean < one - 0.1


def test_the_other_qualities_solve_once(noisy: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    once = noisy.estimate(Settings())
    monkeypatch.setattr(whole_track, "TRUSTS", ())
    assert np.array_equal(quats(once), quats(noisy.estimate(Settings())))


def test_bones_keep_their_lengths_and_feet_their_places() -> None:
    clip = watch(squatting(30.0, 1.0), flaws=Flaws(noise_m=0.02))
    found = recover(clip, clip.estimate(BEST))
    ankles = found.out[:, [7, 8]]
    assert np.linalg.norm(np.diff(ankles, axis=0), axis=-1).mean() < 0.001
    bone = np.linalg.norm(found.out[:, 4] - found.out[:, 7], axis=-1)
    assert np.ptp(bone) < 1e-4


def test_trusts_go_both_ways() -> None:
    """What is trusted more in one solve is trusted less in another: the mean leans nowhere."""
    alone = [trust for trust in TRUSTS if len(set(trust.values())) == 1]
    for name in ("picture", "direction_xy", "direction_z", "acceleration"):
        shares = [trust[name] for trust in alone if name in trust]
        assert np.prod(shares) == pytest.approx(1.0)
        assert len(shares) == 2


def test_what_a_carried_camera_tells_is_left_alone() -> None:
    solved = somebody(1)
    t = len(solved.X)
    axes, origin = np.tile(np.eye(3), (t, 1, 1)), np.zeros((t, 3))
    carried = replace(solved, evidence=replace(solved.evidence, axes=axes, origin=origin))
    assert is_averaged(solved)
    assert not is_averaged(carried)
    assert under(carried, TRUSTS[0], BEST) is carried
    assert at_mean(carried, solved.X + 1) is carried


def test_the_mean_is_over_points_alone() -> None:
    first, other = somebody(1), somebody(2)
    mean = at_mean(first, other.X)
    assert mean.X is other.X
    assert mean.lengths is first.lengths
    assert mean.contacts is first.contacts


def test_half_the_solves_do_without_second_looks(noisy: Clip) -> None:
    seen = noisy.estimate(BEST).observed
    assert seen is not None
    track = seen.tracks[0]
    (name, look), *_ = track.passes.items()
    twice = replace(track, passes={name: look, f"{name}_mirrored": look})
    assert list(one_look_each(twice).passes) == [name]
    assert one_look_each(track) is track
