"""Real pictures, what the networks' own runtimes answer to them, and the way to the tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.settings import Settings
from limn.core.data.types import FrameSource, Take
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.models.estimators import open_estimator
from limn.models.runtime import NetworkRunner
from limn.tools.jobs import finished
from numpy.typing import NDArray

REFERENCES = Path(__file__).parent / "references"


def _read(name: str) -> U8:
    bgr = cv2.imread(str(REFERENCES / f"{name}.png"))
    assert bgr is not None, f"{name}.png is missing"
    return np.asarray(bgr, np.uint8)


@pytest.fixture(scope="session")
def picture() -> Callable[[str], U8]:
    return _read


@pytest.fixture(scope="session")
def answers() -> dict[str, NDArray[np.float32]]:
    """Outputs by "network/picture/tensor"."""
    with np.load(REFERENCES / "answers.npz") as file:
        return {key: file[key] for key in file.files if key != "runtimes"}


@pytest.fixture(scope="session")
def portrait() -> U8:
    """A woman walking, 256 x 320, upright, hips near (125, 190)."""
    return _read("portrait")


@pytest.fixture(scope="session")
def landscape() -> U8:
    """384 x 224: a man on a roof, a woman on the lawn."""
    return _read("landscape")


@pytest.fixture(scope="session")
def runners() -> dict[str, NetworkRunner]:
    """Every network once for the whole session: opening one takes longer than running it."""
    names = ("movenet_multipose", "movenet_thunder", "blazepose_full", "blazepose_heavy")
    names += ("hand_landmark", "face_landmark", "iris_landmark")
    return {name: NetworkRunner.named(name) for name in names}


@pytest.fixture(scope="session")
def fast_take() -> Callable[[FrameSource], Take]:
    """The whole pipeline in quality "fast", with the real networks."""

    def estimated(source: FrameSource) -> Take:
        detector, models = open_estimator("fast")
        return finished(estimate(source, Networks(detector, models), Settings(quality="fast")))

    return estimated
