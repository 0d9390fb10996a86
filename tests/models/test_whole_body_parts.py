"""Parts that whole-body networks drive through the whole pipeline: faces, flat hands, metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.faces.shapes import shape
from limn.core.data.settings import Settings
from limn.core.data.skeletons import COCO_17, SMPLX_55
from limn.core.data.types import Landmarks, Region
from limn.core.hands.collecting import CLOSEUP
from limn.core.kinematics import person_joints_world
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.models.networks.described_pose import DescribedPose, open_pose
from limn.models.user.descriptor import shipped_descriptors
from limn.tools.jobs import finished
from model_files import write
from onnx_files import constant_network, need_runtime
from synthetic import number_of, watch
from synthetic_motion import standing

from .test_whole_body_3d import (
    PX_PER_M,
    SIZE_PX,
    answers_of,
    off_deg,
    peaks,
    rtmw3d,
    somebody_standing,
)

need_runtime()


def test_joints_in_metres_drive_the_body_through_the_whole_pipeline(tmp_path: Path) -> None:
    """A network of the kind of NLF and MeTRAbs, of COCO's joints, a person who is bent sideways."""
    xyz = somebody_standing(0.0)[:17]
    xyz[:11] = xyz[:11] @ np.array([[0.92, -0.39, 0], [0.39, 0.92, 0], [0, 0, 1.0]])
    pixels = xyz[:, :2] * PX_PER_M + [144, 172]
    answers = {"uv": pixels[None], "poses3d": 1000 * (xyz[None] + [0.4, 0.2, 4.0])}
    mine = replace(
        rtmw3d(), name="nlf", decoder="joints3d", unit_m=0.001, keypoints="coco17",
        outputs={"pixels": "uv", "joints": "poses3d"},
    )  # fmt: skip
    content = constant_network(answers, input_shape=(1, 3, *SIZE_PX[::-1]))
    clip = watch(standing(seconds=1.0))
    network = open_pose(mine, write(tmp_path / "a.onnx", content))
    take = finished(estimate(clip.source(), Networks(clip.detector(), (network,)), Settings()))
    assert take.observed is not None
    assert take.observed.tracks[0].passes["nlf"].worth.has_3d
    solved = person_joints_world(take.people[0])[len(take.people[0].frames) // 2]
    names = (
        "left_shoulder",
        "right_shoulder",
        "left_wrist",
        "right_hip",
        "left_ankle",
        "right_knee",
    )
    for a, b in combinations(names, 2):
        far = np.linalg.norm(solved[SMPLX_55.index(a)] - solved[SMPLX_55.index(b)])
        true = np.linalg.norm(xyz[COCO_17.index(a)] - xyz[COCO_17.index(b)])
        assert far == pytest.approx(true, abs=0.1), (a, b)


class _Filmed:
    """A network for every frame, whose pictures hold their own number."""

    def __init__(self, networks: Sequence[DescribedPose]) -> None:
        self._networks = networks
        self.name, self.worth = networks[0].name, networks[0].worth
        self.skeleton = networks[0].skeleton

    def locate(self, bgr: np.ndarray, region: Region) -> Landmarks:
        """What the frame's own network sees."""
        return self._networks[number_of(bgr)].locate(bgr, region)


def test_133_points_drive_the_face_through_the_whole_pipeline(tmp_path: Path) -> None:
    clip = watch(standing(seconds=1.5))
    open_by = (1 - np.cos(np.arange(clip.frame_count) / 5)) / 2
    grown = [
        open_pose(
            rtmw3d(), write(tmp_path / f"{t}.onnx", answers_of(somebody_standing(0.2, mouth)))
        )
        for t, mouth in enumerate(open_by)
    ]
    told = {}
    for face in ("on", "off"):
        networks = Networks(clip.detector(), (_Filmed(grown),))
        told[face] = finished(estimate(clip.source(), networks, Settings(face=face)))
    person = told["on"].people[0]
    jaw = person.face_weights[:, shape("jawOpen")]
    assert np.corrcoef(jaw, open_by[person.frames])[0, 1] > 0.95
    assert np.ptp(jaw) > 0.3
    turned = person.quat_parent_joint[:, SMPLX_55.index("jaw"), 0]
    assert np.degrees(2 * np.arccos(np.clip(turned, -1, 1))).max() > 5.0
    assert not len(told["off"].people[0].face_weights)


_STRIDE = 4  # pixels of the input per cell of a heat map


def _maps(xy: np.ndarray, width: int, height: int) -> np.ndarray:
    """Heat maps (1, 133, height / 4, width / 4) with bells at pixels ``xy`` (133, 2)."""
    x, y = (
        np.exp(-0.5 * ((np.arange(size // _STRIDE) - at[:, None] / _STRIDE) / 2) ** 2)
        for at, size in ((xy[:, 0], width), (xy[:, 1], height))
    )
    return (y[:, :, None] * x[:, None])[None].astype(np.float32)


def _flat_network(name: str, path: Path, curl: float, mouth: float | None = None) -> DescribedPose:
    """A shipped network of 133 points that always sees somebody who stands upright."""
    shipped = shipped_descriptors()[name]
    flat = replace(shipped, input=replace(shipped.input, tensor="image"))
    width, height = flat.input.width, flat.input.height
    scale = PX_PER_M * height / SIZE_PX[1]
    xy = somebody_standing(curl, mouth)[:, :2] * scale + [width / 2, 0.945 * height / 2]
    if flat.decoder == "heatmap":
        answers = {flat.outputs["heatmaps"]: _maps(xy, width, height)}
    else:
        answers = {
            flat.outputs["x"]: peaks(xy[:, 0] * 2, 2 * width),
            flat.outputs["y"]: peaks(xy[:, 1] * 2, 2 * height),
        }
    content = constant_network(answers, input_shape=(1, 3, height, width))
    return open_pose(flat, write(path, content))


@pytest.mark.parametrize("name", ["rtmw-m", "dwpose-l", "sapiens-wholebody", "vitpose-wholebody"])
def test_every_whole_body_network_drives_the_face(name: str, tmp_path: Path) -> None:
    """SimCC and heat maps; a mouth that opens for five frames and closes for five."""
    clip = watch(standing(seconds=1.5))
    shut, wide = (_flat_network(name, tmp_path / f"{m}.onnx", 0.2, m) for m in (0.0, 1.0))
    is_open = np.arange(clip.frame_count) // 5 % 2
    networks = Networks(clip.detector(), (_Filmed([wide if k else shut for k in is_open]),))
    person = finished(estimate(clip.source(), networks, Settings(face="on"))).people[0]
    jaw = person.face_weights[:, shape("jawOpen")]
    assert np.corrcoef(jaw, is_open[person.frames])[0, 1] > 0.8
    assert np.ptp(jaw) > 0.3


@pytest.mark.parametrize("name", ["rtmw-m", "dwpose-l", "vitpose-wholebody"])
def test_hands_without_depth_bend_fingers_through_the_whole_pipeline(
    name: str, tmp_path: Path
) -> None:
    takes = {}
    for curl in (0.05, 0.7):
        clip = watch(standing(seconds=1.0))
        pose = _flat_network(name, tmp_path / f"{curl}.onnx", curl)
        networks = Networks(clip.detector(), (pose,))
        takes[curl] = finished(estimate(clip.source(), networks, Settings(hands="on")))
        seen = takes[curl].observed.tracks[0].closeups[CLOSEUP]
        assert not seen.worth.has_3d
        assert not seen.xyz_m.any()
    assert off_deg(takes[0.05], 0.05).mean() < 6.0
    assert off_deg(takes[0.7], 0.7).mean() < 6.0
    assert off_deg(takes[0.7], 0.05).mean() > 25.0
