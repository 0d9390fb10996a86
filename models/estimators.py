"""Opens the detector and the landmark passes of a quality."""

from __future__ import annotations

from pathlib import Path

from ..core.types import Detector, LandmarkModel
from .blazepose import BlazePose
from .multipose import MultiPose
from .registry import DETECTOR_MOST_PX, DETECTOR_SIDE_PX, QUALITY_PASSES
from .runtime import NetworkRunner
from .store import WEIGHTS_DIR

_MIRRORED = "_mirrored"


def open_estimator(
    quality: str, folder: Path = WEIGHTS_DIR
) -> tuple[Detector, tuple[LandmarkModel, ...]]:
    """Return the detector and the landmark passes of ``quality``, in the registry's order.

    Nothing is read yet: a network opens at its first use, which is where ModelError can come from.
    """
    passes = QUALITY_PASSES[quality]
    variants = dict.fromkeys(name.removesuffix(_MIRRORED) for name in passes)
    networks = {name: NetworkRunner.named(f"blazepose_{name}", folder) for name in variants}
    models = tuple(_open_pass(name, networks) for name in passes)
    detector = NetworkRunner.named("movenet_multipose", folder)
    return MultiPose(detector, DETECTOR_SIDE_PX[quality], DETECTOR_MOST_PX[quality]), models


def _open_pass(name: str, networks: dict[str, NetworkRunner]) -> BlazePose:
    variant = name.removesuffix(_MIRRORED)
    return BlazePose(variant, networks[variant], mirrored=name != variant)
