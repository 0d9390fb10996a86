"""Known motion in, the same motion out: what a take keeps of it, in millimetres and degrees.

Issue 3 wants 3 mm and 3 degrees without noise, 10 mm with 10 mm of it, 13 mm with outliers. Bounds
here are what holds today, a little above what was measured; where wanted is more, it is said.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.skeletons import joint
from limn.core.geometry.rotations import matrix_from_quat
from recovery import Recovery, recover
from synthetic import Actor, Clip, Flaws, camera_at, watch
from synthetic_motion import jumping, squatting, standing, turning, walking
from synthetic_skeleton import Motion, with_proportions

AVERAGE = with_proportions(
    {"elbow": 0.162, "wrist": 0.1545, "knee": 0.2425, "ankle": 0.249, "hip": 0.133}, stature_m=1.603
)
"""A body of the proportions that the solver falls back on (de Leva): bone lengths cost nothing."""


def average(motion: Motion) -> Motion:
    return replace(motion, rest_xyz=AVERAGE)


def measured(clip: Clip) -> Recovery:
    return recover(clip, clip.estimate())


NOISE_FREE = {
    "standing": standing(30.0, 2.0),
    "squatting": squatting(30.0, 3.0),
    "jumping": jumping(30.0),
    "turning": turning(30.0, 3.0),
    "walking at the camera": walking(30.0, 3.0),
    "walking past": walking(30.0, 3.0).moved(yaw_deg=90),
}


@pytest.mark.parametrize("name", NOISE_FREE)
@pytest.mark.parametrize(
    ("proportions", "mm"), [("average", 1.5), ("unusual", 3)], ids=["average", "unusual"]
)
def test_motion_without_noise_is_recovered(name: str, proportions: str, mm: float) -> None:
    """Issue 3's 3 mm and 3 degrees. Of the unusual body's 2.5 mm all but 0.5 is its height, which
    one camera can't know; the head's nose lies 3 degrees off where it is expected."""
    motion = NOISE_FREE[name]
    found = measured(watch(average(motion) if proportions == "average" else motion))
    assert found.joint_mm.mean() < mm, found.says()
    assert found.aligned_mm.mean() < 1.2, found.says()
    assert found.turn_deg.mean() < 1, found.says()
    assert found.turn_deg.mean(0).max() < 3.2, found.says()
    assert found.bone_deg.mean() < 0.3, found.says()


def test_lengths_seen_from_one_side_only_lean_on_the_table() -> None:
    """What stands still may be wrong in all frames alike, unless 2D and 3D agree about it."""
    noisy, clean = Flaws(noise_m=0.010), Flaws()
    moving, still = squatting(30.0, 3.0), standing(30.0, 0.2)
    off = [measured(watch(m, flaws=noisy)).joint_mm.mean() for m in (moving, still)]
    assert off[0] < off[1] < 20, off
    assert measured(watch(still, flaws=clean)).joint_mm.mean() < 3


def test_small_noise_costs_little() -> None:
    """Smoothness and the table of proportions yield by degrees."""
    found = measured(watch(squatting(30.0, 3.0), flaws=Flaws(noise_m=0.003)))
    assert found.joint_mm.mean() < 4.5, found.says()
    assert found.turn_deg.mean() < 2, found.says()


@pytest.mark.parametrize(
    ("flaws", "mm", "aligned_mm"),
    [
        (Flaws(noise_m=0.010), 11, 9),
        (Flaws(noise_m=0.020), 22, 17),
        (Flaws(outlier_share=0.05, outlier_m=0.25), 2, 2),
        (Flaws(noise_m=0.010, outlier_share=0.05, outlier_m=0.25), 13, 11),
    ],
    ids=["10 mm noise", "20 mm noise", "5 % outliers", "noise and outliers"],
)
def test_noise_and_outliers_are_smoothed_away(flaws: Flaws, mm: float, aligned_mm: float) -> None:
    for motion in (squatting(30.0, 3.0), turning(30.0, 3.0)):
        found = measured(watch(average(motion), flaws=flaws))
        assert found.joint_mm.mean() < mm, found.says()
        assert found.aligned_mm.mean() < aligned_mm, found.says()


def test_several_networks_are_better_than_one() -> None:
    clip = watch(average(squatting(30.0, 2.0)), flaws=Flaws(noise_m=0.03))
    one = recover(clip, clip.estimate())
    four = recover(clip, clip.estimate(models=[clip.model(n) for n in ("a", "b", "c", "d")]))
    assert four.joint_mm.mean() < 0.75 * one.joint_mm.mean(), f"{one.says()}; {four.says()}"


def test_one_hijacked_network_of_three_does_no_harm() -> None:
    one, two = (standing(30.0, 2.0).moved((x, 0.0)) for x in (-0.6, 0.6))
    clip = watch(one, two)
    hijacked = replace(clip, hijacked=frozenset((i, 0) for i in range(20, 40)))
    models = [clip.model("full"), hijacked.model("wild"), clip.model("lite")]
    takes = [clip.estimate(models=m) for m in ([models[0], models[2]], models)]
    left = [min(t.people, key=lambda p: float(p.root_xyz_world[0, 0])) for t in takes]
    off = 1000 * np.abs(left[0].root_xyz_world - left[1].root_xyz_world).max()
    assert off < 20, f"the hijacked network moves the person by {off:.0f} mm"


def test_constant_offsets_cost_no_more_than_themselves() -> None:
    offset = np.random.default_rng(3).normal(0, 0.010, (33, 3))
    found = measured(watch(average(squatting(30.0, 3.0)), flaws=Flaws(offset_m=offset)))
    size = 1000 * np.linalg.norm(offset, axis=-1).mean()
    assert found.aligned_mm.mean() < 1.2 * size, f"{found.says()}; offsets are {size:.0f} mm"


def gap(gap_frames: int, gaps: str) -> tuple[Clip, Settings]:
    motion = average(squatting(30.0, 5.0, depth_m=0.1))
    visible = np.ones(len(motion), bool)
    visible[60 : 60 + gap_frames] = False
    return replace(watch(motion), actors=(Actor(motion, visible),)), Settings(gaps=gaps)


def test_a_gap_of_up_to_a_second_is_bridged() -> None:
    clip, settings = gap(24, "unkeyed")
    take = clip.estimate(settings)
    (person,) = take.people
    found = recover(clip, take)
    assert len(person.frames) == clip.frame_count
    assert person.bridged[62:82].all()
    assert person.bridged.sum() <= 30
    inside = person.bridged
    assert found.joint_mm[inside].mean() < 90, f"{found.joint_mm[inside].mean():.0f} mm in the gap"
    assert person.confidence[inside, :22].mean() < 0.4 < person.confidence[~inside, :22].mean()


@pytest.mark.parametrize(("gaps", "is_held"), [("unkeyed", False), ("hold", True)])
def test_longer_gaps_are_left_out_or_held_as_the_user_says(gaps: str, is_held: bool) -> None:
    clip, settings = gap(50, gaps)
    (person,) = clip.estimate(settings).people
    missing = clip.frame_count - len(person.frames)
    assert missing == 0 if is_held else 45 <= missing <= 55


def test_the_height_of_the_user_wins() -> None:
    clip = watch(squatting(30.0, 1.0))
    for height_m in (1.2, 1.9):
        (person,) = clip.estimate(Settings(height_m=height_m)).people
        assert person.height_m == pytest.approx(height_m)
    tall = clip.estimate(Settings(height_m=1.9)).people[0].rest_xyz_body
    short = clip.estimate(Settings(height_m=1.2)).people[0].rest_xyz_body
    assert np.ptp(tall, axis=0) / np.ptp(short, axis=0) == pytest.approx(
        np.full(3, 1.9 / 1.2), rel=0.03
    )


def test_the_reference_adult_is_placed_at_the_right_distance_when_the_height_is_known() -> None:
    clip = watch(squatting(30.0, 2.0))
    found = recover(clip, clip.estimate(Settings(height_m=1.69)))
    off = np.abs(found.root_mm[:, 2]).mean() / found.true[:, 0, 2].mean() / 10
    assert off < 3, f"the distance is {off:.1f} % wrong"


@pytest.mark.parametrize("motion", [squatting(30.0, 3.0), walking(30.0, 3.0), turning(30.0, 3.0)])
def test_knees_and_elbows_never_bend_backwards(motion: Motion) -> None:
    (person,) = watch(motion, flaws=Flaws(noise_m=0.025)).estimate().people
    R = matrix_from_quat(person.quat_parent_joint.astype(np.float64))
    for name, child, backwards in (("knee", "ankle", 1.0), ("elbow", "wrist", -1.0)):
        for side in ("left", "right"):
            j = joint(f"{side}_{name}")
            bone = person.rest_xyz_body[joint(f"{side}_{child}")] - person.rest_xyz_body[j]
            # In the frame of the bone before it, forwards is z for knees and elbows alike.
            ahead = (R[:, j] @ (bone / np.linalg.norm(bone)))[:, 2]
            angle = np.degrees(np.arcsin(np.clip(backwards * ahead, -1, 1))).max()
            assert angle < 6, f"the {side} {name} bends {angle:.1f} degrees backwards"


def test_lenses_that_bend_cost_nothing_when_they_are_known() -> None:
    motion = average(squatting(30.0, 2.0))
    bent = watch(motion, camera=camera_at(dist=(-0.0467, 0.1376, -0.0005, -0.0005)))
    straight, through = measured(watch(motion)), measured(bent)
    assert through.joint_mm.mean() < straight.joint_mm.mean() + 1, through.says()
