"""Joints as markers with names of their own, for formats that know no skeletons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.arrays import F64, I32
from ..data.skeletons import SMPLX_55
from .file_axes import Placed


def marker_tracks(placed: Sequence[Placed], frames: I32) -> tuple[list[str], F64]:
    """Labels and positions (t, m, 3) over ``frames``, NaN where somebody isn't there.

    With several people a label is "Name:joint", as motion capture systems name their subjects.
    """
    labels: list[str] = []
    xyz = np.full((len(frames), len(placed) * len(SMPLX_55), 3), np.nan)
    for number, one in enumerate(placed):
        prefix = f"{one.person.name.replace(' ', '_')}:" if len(placed) > 1 else ""
        labels += [prefix + joint for joint in SMPLX_55]
        columns = slice(number * len(SMPLX_55), (number + 1) * len(SMPLX_55))
        xyz[np.searchsorted(frames, one.frames), columns] = one.xyz
    return labels, xyz
