"""How far trunks and legs lean towards the camera, against the truth.

    python -m limn.tools.evaluation.lean BENCH_DIR PRED_DIR [PRED_DIR …]

Reads prediction files of ``limn bench``. Of every person of a clip it prints the mean size of the
error over frames, and the mean with its sign (+ leans too far towards the camera), in degrees.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from limn.core.data.arrays import F64, Floats
from limn.core.evaluation.accuracy import LIMBS, scored_frames
from limn.core.evaluation.benchmark import clip_name, find_clips
from limn.core.evaluation.matching import match_people
from limn.core.evaluation.predictions import Prediction, read_prediction
from limn.core.evaluation.truth import Truth, read_truth
from limn.core.geometry.rotations import normalize

_PARTS: Final = {"trunk": ("shoulder", "hip"), "legs": ("hip", "ankle")}
_COLUMNS: Final = {
    part: [LIMBS.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("shoulder", "hip", "ankle")
}


@dataclass(frozen=True, slots=True)
class Leans:
    """One person's errors in degrees: mean size and mean, of trunk and legs."""

    clip: str
    person: int
    trunk: tuple[float, float]
    legs: tuple[float, float]


def leans_of(clip: str, truth: Truth, prediction: Prediction) -> Iterator[Leans]:
    """Everybody of a clip whom the prediction shows."""
    limbs = truth.joints(LIMBS)
    scored = scored_frames(limbs)
    predicted = prediction.joints(LIMBS).of_length(len(scored))
    match = match_people(predicted.complete_px(), limbs.pixels(), scored, limbs.inside())
    up = world_up(limbs)
    for person in range(match.shape[1]):
        rows = np.flatnonzero(match[:, person] >= 0)
        if not len(rows):
            continue
        true = limbs.xyz_camera[rows, person]
        seen = predicted.xyz_camera[rows, match[rows, person]]
        root = true[:, _COLUMNS["hip"]].mean(1)
        error = {
            part: lean_deg(seen, *ends, root, up[rows]) - lean_deg(true, *ends, root, up[rows])
            for part, ends in _PARTS.items()
        }
        figures = {
            part: (float(np.abs(values).mean()), float(values.mean()))
            for part, values in ((part, (e + 180) % 360 - 180) for part, e in error.items())
        }
        yield Leans(clip, person, figures["trunk"], figures["legs"])


def lean_deg(xyz: Floats, upper: str, lower: str, root: Floats, up: Floats) -> F64:
    """Degrees (t,) by which a part of bodies ``xyz`` (t, 12, 3) leans towards the camera, at
    ``root`` (t, 3); ``up`` (t, 3)."""
    part = xyz[:, _COLUMNS[upper]].mean(1) - xyz[:, _COLUMNS[lower]].mean(1)
    to_camera = -root
    to_camera = normalize(to_camera - (to_camera * up).sum(-1, keepdims=True) * up)
    return np.degrees(np.arctan2((part * to_camera).sum(-1), (part * up).sum(-1)))


def world_up(truth: Truth) -> F64:
    """The world's upright axis in the axes of every frame's camera (t, 3).

    Truths have it along y or z, either way; cameras are held nearer to level than to a side.
    """
    along = truth.R_camera_world[:, 1].mean(0)
    axis = int(np.abs(along).argmax())
    return truth.R_camera_world[:, :, axis] * -np.sign(along[axis])


def main() -> None:
    """Print a line for everybody, then the means of every folder."""
    parser = argparse.ArgumentParser(prog="limn.tools.evaluation.lean", description=__doc__)
    parser.add_argument("bench", type=Path, help="GROUP/NAME/gt.npz")
    parser.add_argument("predictions", type=Path, nargs="+", help="NAME.npz, of limn bench")
    arguments = parser.parse_args()
    for folder in arguments.predictions:
        found: list[Leans] = []
        for clip in find_clips(arguments.bench, None):
            path = folder / f"{clip.name}.npz"
            if path.exists():
                found += leans_of(clip_name(clip), read_truth(clip), read_prediction(path))
        print(f"{folder.name:<32}{'trunk |error|, error':>24}{'legs |error|, error':>24}")
        for one in found:
            name = f"{one.clip} {one.person + 1}"
            print(f"{name:<32}{_figures(one.trunk)}{_figures(one.legs)}")
        if found:
            means = [np.mean([getattr(one, part) for one in found], axis=0) for part in _PARTS]
            print(f"{'mean':<32}{_figures(means[0])}{_figures(means[1])}")


def _figures(pair: Floats | tuple[float, float]) -> str:
    return f"{pair[0]:>16.1f}{pair[1]:>8.1f}"


if __name__ == "__main__":
    main()
