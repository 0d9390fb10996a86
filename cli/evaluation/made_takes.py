"""Takes that are there already, such as imported ones, beside those that a comparison makes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import I32
from ...core.data.errors import SettingsError, TakeError
from ...core.data.take_file import load_take
from ...core.data.types import ClipInfo, Person, Take
from ...core.editing.trimming import at_rows

_ALIKE: Final = 0.02  # by what share the shapes of a picture and its smaller copy differ


def add_made(parser: argparse.ArgumentParser) -> None:
    """Add the option that names them."""
    parser.add_argument(
        "--with",
        dest="made",
        type=Path,
        nargs="+",
        metavar="TAKE",
        help="takes of the clip that are there already, such as imported ones, beside Limn's own; "
        "without --estimators that is the one that --estimator names",
    )


def made_takes(paths: Sequence[Path], clip: ClipInfo) -> list[tuple[str, Take]]:
    """Names and takes, all of ``clip``'s pictures.

    Raises TakeError for what is no take, SettingsError for one of other pictures.
    """
    out: list[tuple[str, Take]] = []
    for path in paths:
        take = load_take(path)
        shape, own = (size[0] / size[1] for size in (clip.size_px, take.camera.size_px))
        if abs(shape / own - 1) > _ALIKE:
            raise SettingsError(
                f"{path} is of pictures of {take.camera.size_px[0]} x {take.camera.size_px[1]} "
                f"pixels, the clip's are {clip.size_px[0]} x {clip.size_px[1]}."
            )
        out.append((path.name.removesuffix(".npz").removesuffix(".take"), take))
    return out


def at_frames_of(take: Take, like: Take) -> Take:
    """``take`` at the frames of ``like``; frames that it lacks have nobody in them.

    Raises TakeError where none of its frames are there.
    """
    _, theirs, own = np.intersect1d(like.source_frame, take.source_frame, return_indices=True)
    if not len(own):
        raise TakeError(f"The take of {take.clip.path} has none of the clip's frames.")
    place = np.full(len(take.source_frame), -1, np.int32)
    place[own] = theirs
    nearest = own[np.clip(np.searchsorted(theirs, np.arange(len(like.time_s))), 0, len(own) - 1)]
    return replace(
        take,
        time_s=like.time_s,
        source_frame=like.source_frame,
        people=tuple(_moved(person, place[person.frames]) for person in take.people),
        turns=take.turns[nearest] if len(take.turns) else take.turns,
        path=take.path[nearest] if len(take.path) else take.path,
        zoom=take.zoom[nearest] if len(take.zoom) else take.zoom,
        cuts=like.cuts if len(take.cuts) == len(like.cuts) else take.cuts[:0],
        T_world_shots=take.T_world_shots if len(take.cuts) == len(like.cuts)
        else take.T_world_shots[:0],
        observed=None,
    )  # fmt: skip


def _moved(person: Person, frames: I32) -> Person:
    """``person`` at those positions, without the rows of which there is none."""
    kept = np.flatnonzero(frames >= 0).astype(np.int32)
    return at_rows(person, kept, frames[kept])
