"""Reads 3D joints out of what BlazePose saw. Trained by tools/joint_head."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import F32, Floats
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR


class JointHead:
    """The head of one variant of BlazePose; any number of threads may run it at once."""

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    def open(self) -> None:
        """See ``core.pipeline.pace.opening.Opening``."""
        self._network.open()

    def joints(self, features: Floats) -> F32:
        """The 19 points of the solve (19, 3), metres on a person of 1.7 m, in the crop's axes.

        ``features`` (1, 2, 2, 288) are BlazePose's output of that name. Raises ModelError when the
        network can't be opened.
        """
        (answer,) = self._network.run(np.asarray(features, np.float32))
        return answer.reshape(points.COUNT, 3)


def open_joint_head(variant: str, folder: Path = WEIGHTS_DIR) -> JointHead:
    """Return the head for "full" or "heavy"; its file is read at the first use."""
    return JointHead(NetworkRunner.named(f"joints_{variant}", folder))
