"""The file of pairs: what detectors saw of people, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import Floats
from ...core.data.writing import write_npz

ARRAYS: Final = (
    "xy",
    "score",
    "detected_xy",
    "detected_score",
    "xyz_m",
    "truth_m",
    "hidden",
)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One person as seen by one quality, at the lifter's frame rate; shapes as in ``LifterInput``.

    ``columns`` has the ``ARRAYS``; ``truth_m`` (t, 19, 3) are the joints in camera axes, ``hidden``
    (t, 19) is why a joint can't be seen, 0 = it can, 4 = outside the picture.
    """

    clip: str
    quality: str
    held_out: bool
    columns: dict[str, Floats]


def write_pairs(output: Path, pairs: Sequence[Pair]) -> None:
    """Write all of them anew."""
    columns: dict[str, Any] = {
        name: np.concatenate([pair.columns[name] for pair in pairs]).astype(
            np.uint8 if name == "hidden" else np.float32
        )
        for name in ARRAYS
    }
    arrays = {
        "start": np.cumsum([0, *[len(pair.columns["xy"]) for pair in pairs]]).astype(np.int32),
        "clip": np.array([pair.clip for pair in pairs]),
        "quality": np.array([pair.quality for pair in pairs]),
        "held_out": np.array([pair.held_out for pair in pairs]),
        **columns,
    }
    write_npz(output, arrays)


def read_pairs(path: Path) -> list[Pair]:
    """Read a file of ``measure``; raises OSError and KeyError."""
    with np.load(path) as file:
        content = {name: file[name] for name in file.files}
    out = []
    for k, (begin, end) in enumerate(pairwise(content["start"])):
        columns = {name: content[name][begin:end].astype(np.float32) for name in ARRAYS}
        out.append(
            Pair(
                str(content["clip"][k]),
                str(content["quality"][k]),
                bool(content["held_out"][k]),
                columns,
            )
        )
    return out
