"""People from a detector's 17 keypoints alone, and from keypoints beside networks with 3D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from limn.core.data import solver_points as points
from limn.core.data.observations import Observed, PassWorth, TrackObservations
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_SKELETON
from limn.core.data.types import Take
from limn.core.lifting.features import about_hips
from limn.core.lifting.lifter import Lifted, Lifter, LifterInput
from limn.core.pipeline.detector_keypoints import NAME
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.core.pipeline.observe import observe
from limn.core.solving.evidence.evidence import gather_evidence
from limn.core.solving.evidence.lifter_fusion import fuse_lifted
from limn.core.solving.evidence.occluded_legs import leg_scores
from limn.tools.jobs import finished
from recovery import recover
from synthetic import Clip, camera_at, watch
from synthetic_motion import squatting, walking

_HIPS = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_SOLES = [i for i, name in enumerate(points.POINTS) if name.endswith(("heel", "foot_index"))]


@dataclass
class KnowingLifter:
    """A lifter that knows the depth of a clip's only person."""

    clip: Clip
    asked: list[LifterInput] = field(default_factory=list)

    def lift(self, view: LifterInput) -> Lifted:
        self.asked.append(view)
        t = len(view.seen)
        xyz = self.clip.xyz_camera[0][:t][:, points.FROM_BLAZEPOSE].astype(np.float64)
        sigma = np.full((t, points.COUNT), 0.03)
        return Lifted(
            xyz - xyz[:, _HIPS].mean(1, keepdims=True),
            sigma,
            np.repeat(sigma[..., None], 2, -1),
            np.zeros((t, 4)),
            np.zeros(t),
        )


def _run(clip: Clip, lifter: Lifter | None, models: Sequence[object] = ()) -> Take:
    camera = replace(clip.camera, T_world_camera=np.eye(4))
    networks = Networks(clip.detector(), tuple(models), lifter)  # type: ignore[arg-type]
    return finished(estimate(clip.source(), networks, Settings(), camera))


def _seen(clip: Clip) -> Observed:
    return finished(observe(clip.source(), clip.detector(), (), Settings()))


def _track(take: Take) -> TrackObservations:
    assert take.observed is not None
    return take.observed.tracks[0]


@pytest.mark.parametrize("motion", [walking(), squatting()], ids=["walking", "squatting"])
def test_keypoints_and_a_lifter_that_knows_give_the_motion_back(motion: object) -> None:
    clip = watch(motion)  # type: ignore[arg-type]
    take = _run(clip, KnowingLifter(clip))
    (person,) = take.people
    assert len(person.frames) == clip.frame_count
    found = recover(clip, take)
    assert found.aligned_mm.mean() < 25
    assert found.joint_mm.mean() < 35


def test_the_pass_is_what_the_detector_said_in_every_frame() -> None:
    clip = watch(walking())
    track = _track(_run(clip, None))
    assert list(track.passes) == [NAME]
    one = track.passes[NAME]
    assert not one.worth.has_3d
    assert one.skeleton == COCO_SKELETON
    assert len(track.frames) == clip.frame_count, "every frame, not every fourth"
    assert (one.presence == 1).all()
    soles = [points.POINTS[i] for i in _SOLES]
    assert (one.skeleton.select(soles).scores(one.score) == 0).all(), "COCO has no heels and toes"
    assert (one.score > 0).sum(1).max() == 17


def test_a_frame_in_which_the_detector_saw_nobody_is_not_invented() -> None:
    missed = frozenset((i, 0) for i in range(40, 46))
    clip = watch(walking(), missed=missed)
    seen = _seen(clip)
    assert not set(range(40, 46)) & set(seen.tracks[0].frames.tolist())
    take = _run(clip, KnowingLifter(clip))
    (person,) = take.people
    assert len(person.frames) == clip.frame_count, "a short hole is bridged"
    assert person.bridged[40:46].all()
    assert not person.bridged[:40].any()


def test_the_lifter_is_shown_keypoints_as_a_detectors_and_believed_wholly() -> None:
    clip = watch(walking())
    track = _track(_run(clip, None))
    evidence = gather_evidence(track, clip.camera, clip.fps)
    assert not evidence.shows_3d
    assert np.isfinite(evidence.xyz_m).all()
    lifter = KnowingLifter(clip)
    fused = fuse_lifted(evidence, lifter)
    (view,) = lifter.asked
    assert not view.score.any(), "the place of BlazePose's landmarks stays empty"
    assert not view.shows_3d
    assert np.allclose(view.detected_xy, evidence.xy[:, : points.LIMBS])
    assert np.allclose(view.detected_score, 0.9)
    truth = clip.xyz_camera[0][:, points.FROM_BLAZEPOSE]
    truth = truth - truth[:, _HIPS].mean(1, keepdims=True)
    assert np.abs(fused.xyz_m - truth).max() < 1e-3


def test_3d_counts_as_much_as_its_pass_is_worth() -> None:
    clip = watch(walking())
    track = _track(_run(clip, None, [clip.model("full")]))
    evidence = gather_evidence(track, clip.camera, clip.fps)
    full = track.passes["full"]
    own = about_hips(evidence.xyz_m)
    away = []
    for sigma in (0.01, 1.0, 100.0):
        one = replace(full, worth=replace(full.worth, sigma_3d=sigma))
        told = gather_evidence(replace(track, passes={"full": one}), clip.camera, clip.fps)
        moved = about_hips(fuse_lifted(told, KnowingLifter(clip)).xyz_m) - own
        away.append(float(np.linalg.norm(moved, axis=-1).mean()))
    assert away[0] < 0.01 * away[2]
    assert 0.2 * away[2] < away[1] < 0.95 * away[2]


def test_feet_without_a_name_are_as_sure_as_their_ankles() -> None:
    score = np.random.default_rng(0).uniform(0.1, 0.9, (20, points.COUNT))
    assert leg_scores(score) is score, "whoever has heels and toes keeps their own"
    score[:, _SOLES] = 0
    told = leg_scores(score)
    for ankle, *rest in points.FEET:
        assert (told[:, rest] == score[:, [ankle]]).all()
    assert (score[:, _SOLES] == 0).all(), "the evidence itself is not touched"


def test_beside_a_network_with_3d_keypoints_give_the_picture_only() -> None:
    clip = watch(walking())
    track = _track(_run(clip, None, [clip.model("full")]))
    full = track.passes["full"]
    worth = PassWorth("rtmpose", is_precise=True, has_3d=False)
    moved = replace(full, xy_px=full.xy_px + 6, xyz_m=np.zeros_like(full.xyz_m), worth=worth)
    both = replace(track, passes={"full": full, "rtmpose": moved})
    evidence = gather_evidence(both, clip.camera, clip.fps)
    alone = gather_evidence(track, clip.camera, clip.fps)
    assert evidence.shows_3d
    assert np.allclose(evidence.xyz_m, alone.xyz_m, atol=1e-4)
    off_px = (evidence.xy - alone.xy) * clip.camera.K[0, 0]
    assert np.allclose(off_px, 6, atol=0.1)
    assert np.allclose(evidence.hands, alone.hands, atol=1e-4)


def test_without_a_lifter_everybody_is_flat_but_there() -> None:
    clip = watch(walking(), camera=camera_at())
    (person,) = _run(clip, None).people
    assert np.isfinite(person.root_xyz_world).all()
    assert 1.5 < person.height_m < 1.9
