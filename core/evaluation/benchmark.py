"""A benchmark folder, ``BENCH/GROUP/CLIP/{video.mp4,gt.npz}``, and prediction folders scored on it.

A clip whose truth has several people, or whose name says so (multi, two, three, crowd, pair,
meet), is of several people: there may be more figures in a picture than anybody knows the truth of.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..data.errors import ClipError
from .accuracy import Accuracy, evaluate, mean_accuracy
from .predictions import read_prediction
from .truth import read_truth

_SEVERAL: Final = ("multi", "two", "three", "crowd", "pair", "meet")


@dataclass(frozen=True, slots=True)
class Scored:
    """A prediction folder's figures: ``clips`` and ``means`` by "group/clip" and by group, and the
    ``missing`` clips, which it has no prediction for."""

    name: str
    clips: Mapping[str, Accuracy]
    means: Mapping[str, Accuracy]
    missing: tuple[str, ...]


def find_clips(bench: Path, wanted: Sequence[str] | None) -> list[Path]:
    """Return the clip folders of a benchmark folder, sorted, all or those whose name contains one
    of ``wanted``. Raises ClipError without any."""
    there = bench.glob("*/*/gt.npz") if os.path.isdir(bench) else ()
    folders = sorted(truth.parent for truth in there)
    if not folders:
        raise ClipError(f"There is no benchmark clip (GROUP/NAME/gt.npz) in {bench}.")
    chosen = [f for f in folders if wanted is None or any(part in f.name for part in wanted)]
    if not chosen:
        names = ", ".join(folder.name for folder in folders)
        raise ClipError(f"No clip of {bench} is named {' or '.join(wanted or ())}; it has {names}.")
    return chosen


def clip_name(folder: Path) -> str:
    """A clip's name with its group's: "synthetic/syn_walk"."""
    return f"{folder.parent.name}/{folder.name}"


def group_of(name: str, people: int) -> str:
    """The group whose mean a clip "group/clip" with the truth of some people counts for."""
    group, _, clip = name.partition("/")
    is_several = people > 1 or any(word in clip for word in _SEVERAL)
    return f"{group}, {'several people' if is_several else 'one person'}"


def score_folder(clips: Sequence[Path], predictions: Path) -> Scored:
    """Score ``predictions/CLIP.npz`` of clip folders.

    Raises ClipError when there is none of any of the clips, or a file is damaged.
    """
    scored: dict[str, Accuracy] = {}
    groups: dict[str, list[Accuracy]] = {}
    missing: list[str] = []
    for folder in clips:
        name, path = clip_name(folder), predictions / f"{folder.name}.npz"
        if not os.path.exists(path):
            missing.append(name)
            continue
        truth = read_truth(folder)
        scored[name] = evaluate(truth, read_prediction(path))
        people = truth.xyz_camera.shape[1]
        groups.setdefault(group_of(name, people), []).append(scored[name])
    if not scored:
        raise ClipError(
            f"There is no prediction for any of the benchmark's clips in {predictions}."
        )
    means = {group: mean_accuracy(members) for group, members in sorted(groups.items())}
    return Scored(predictions.name, scored, means, tuple(missing))
