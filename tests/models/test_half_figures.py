"""Somebody whom the picture cuts off at the waist is followed where they are, on real film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.data.types import ClipInfo, Frame, FrameSource
from limn.core.evaluation.predictions import prediction_of
from limn.core.evaluation.truth import read_intrinsics, read_truth
from limn.core.geometry.camera import project_camera
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.media.clips import open_clip
from limn.models.estimators import open_estimator
from limn.tools.jobs import finished

pytestmark = pytest.mark.networks

FOLDER = Path(__file__).parents[2] / "examples" / "bench" / "real" / "p2s_single_cam01"
FRAMES = 40
UPPER = [f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")]


@dataclass
class Cut:
    """The first frames of a clip, of each the rows above ``height``. A ``FrameSource``."""

    clip: FrameSource
    height: int
    warnings: Sequence[str] = ()
    damaged_share: float = 0.0

    @property
    def info(self) -> ClipInfo:
        size = self.clip.info.size_px[0], self.height
        return replace(self.clip.info, size_px=size, frame_count=FRAMES)

    def frames(self) -> Iterator[Frame]:
        for number, frame in enumerate(self.clip.frames()):
            if number == FRAMES:
                return
            yield replace(frame, bgr=np.ascontiguousarray(frame.bgr[: self.height]))


def test_who_is_cut_at_the_waist_is_followed_where_they_are() -> None:
    truth = read_truth(FOLDER)
    clip = open_clip(FOLDER / "video.mp4", None, None, 1)
    camera = read_intrinsics(FOLDER, clip.info.size_px)
    true_px = project_camera(camera, truth.xyz_camera[:FRAMES, 0])
    at = {name: i for i, name in enumerate(truth.names)}
    hips = true_px[:, [at["left_hip"], at["right_hip"]], 1].mean()
    knees = true_px[:, [at["left_knee"], at["right_knee"]], 1].mean()
    source = Cut(clip, int(hips - 0.35 * (knees - hips)))
    networks = Networks(*open_estimator("balanced"))
    cut_camera = replace(camera, size_px=source.info.size_px)
    found = prediction_of(finished(estimate(source, networks, Settings(), cut_camera)))
    mine = [found.names.index(name) for name in UPPER]
    wanted = true_px[:, [at[name] for name in UPPER]]
    away = np.linalg.norm(found.xy_px[:, :, mine] - wanted[:, None], axis=-1)
    inside = (wanted[..., 1] < source.height)[:, None] & np.isfinite(away)
    each = [away[:, s][inside[:, s]].mean() for s in range(away.shape[1]) if inside[:, s].any()]
    scale = clip.info.size_px[0] / 1088
    # The detector's own idea of the hips leads the networks 160 pixels off.
    assert min(each) < 50 * scale
    best = int(np.argmin(each))
    assert np.isfinite(found.xy_px[:, best, mine]).all(), "they are there in every frame"
