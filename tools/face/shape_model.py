"""The linear model of faces that landmarks in a picture are fitted by."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.faces.features import faced
from ...core.faces.landmark_fit import FaceModelShapes
from ...core.faces.reader import FaceReader
from .training import Lesson

_MODES: Final = 30
"""Twice as many read nothing better."""


def shape_model(reader: FaceReader, lesson: Lesson) -> FaceModelShapes:
    """The main components (Turk and Pentland, 1991) of a lesson's faces in their heads' true axes,
    of one size; with a mirrored lesson they are as left as right."""
    own = faced(lesson.points, lesson.R, reader.rigid)
    mean = own.mean(0)
    off = (own - mean).reshape(len(own), -1)
    _, s, rows = np.linalg.svd(off, full_matrices=False)
    modes = rows[:_MODES] * (s[:_MODES, None] / np.sqrt(len(own)))
    return FaceModelShapes(
        mean.astype(np.float32), modes.reshape(_MODES, *mean.shape).astype(np.float32)
    )
