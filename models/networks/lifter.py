"""The temporal lifter: one small network over whole tracks. Trained by tools/lifter."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...core.data.arrays import F32
from ...core.lifting.lifter import Answer, Lifted, LifterInput, Network, between, lift_with
from ..runtime import NetworkRunner
from ..store import WEIGHTS_DIR

_OF_HALF_FIGURES: Final = 0.5
"""What the network of half figures counts where the picture cuts somebody off: both err otherwise,
and their mean errs least (docs/notebook/lifter.md)."""


class TemporalLifter:
    """Implements ``core.lifting.lifter.Lifter``; any number of threads may lift at once.

    ``half_figures`` is asked too of people whose legs lie below the picture, if there is one.
    """

    def __init__(self, network: NetworkRunner, half_figures: NetworkRunner | None = None) -> None:
        self._network = network
        self._half_figures = half_figures

    def lift(self, view: LifterInput) -> Lifted:
        """Lift one person's track. Raises ModelError when a network can't be opened."""
        lifted = lift_with(_asking(self._network), view)
        if view.cut is None or self._half_figures is None:
            return lifted
        other = lift_with(_asking(self._half_figures), view)
        return between(lifted, other, _OF_HALF_FIGURES * view.cut)


def _asking(runner: NetworkRunner) -> Network:
    def answer(features: F32) -> Answer:
        joints, sigma, log_depth, contact = runner.run(features)
        return joints, sigma, log_depth, contact

    return answer


def open_lifter(folder: Path = WEIGHTS_DIR) -> TemporalLifter:
    """Return the shipped lifter; its files are read when they are first needed."""
    runners = (NetworkRunner.named(name, folder) for name in ("lifter", "lifter_cut"))
    return TemporalLifter(*runners)
