"""The temporal lifter: one small network over whole tracks. Trained by tools/lifter."""

from __future__ import annotations

from pathlib import Path

from ...core.data.arrays import F32
from ...core.lifting.lifter import Answer, Lifted, LifterInput, lift_with
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR


class TemporalLifter:
    """Implements ``core.lifting.lifter.Lifter``; any number of threads may lift at once."""

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    def lift(self, view: LifterInput) -> Lifted:
        """Lift one person's track. Raises ModelError when the network can't be opened."""
        return lift_with(self._answer, view)

    def _answer(self, features: F32) -> Answer:
        joints, sigma, log_depth, contact = self._network.run(features)
        return joints, sigma, log_depth, contact


def open_lifter(folder: Path = WEIGHTS_DIR) -> TemporalLifter:
    """Return the shipped lifter; its file is read at the first use."""
    return TemporalLifter(NetworkRunner.named("lifter", folder))
