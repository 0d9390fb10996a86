"""One camera of a calibration, which stands still, as a ``GivenCamera`` of its clip."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ..calibration.rig_file import cameras_in
from .lens import for_size

_SHORT: Final = 3
"""Letters from which on a camera's name may be part of a word of the clip's; by hand."""


def read_calibration(text: str, clip_name: str, size_px: tuple[int, int]) -> GivenCamera:
    """The camera of a calibration (see ``calibration.rig_file``) that is called as the clip, or the
    only one, for pictures of ``size_px``. Raises Damaged."""
    cameras = {one.name: one for one in cameras_in(text)}
    named = [name for name in cameras if name.lower() == clip_name.lower()]
    within = [name for name in cameras if name and _is_in(name.lower(), clip_name.lower())]
    within = [name for name in within if len(name) == max(map(len, within))]
    chosen = named or within or list(cameras)
    if len(chosen) > 1:
        listed = ", ".join(sorted(name[:40] for name in cameras)[:8])
        raise Damaged(f"none of its cameras ({listed}) is called as the clip, {clip_name[:80]}")
    one = cameras[chosen[0]]
    T: F64 = np.eye(4)
    T[:3, :3], T[:3, 3] = one.R.T, -one.R.T @ one.t
    K = for_size(one.K, one.size_px, size_px)
    return GivenCamera(np.zeros(1, np.int32), T[None], K[None], one.dist)


def _is_in(name: str, clip_name: str) -> bool:
    """Whether a clip's name has a camera's in it: cam1 isn't in cam10, nor a in walk."""
    word = re.escape(name)
    if len(name) < _SHORT:
        word = rf"(?<![^\W_]){word}(?![^\W_])"
    if name[0].isdigit():
        word = rf"(?<!\d){word}"
    if name[-1].isdigit():
        word = rf"{word}(?!\d)"
    return re.search(word, clip_name) is not None
