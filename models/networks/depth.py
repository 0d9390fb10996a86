"""Depth networks of the MiDaS family: MiDaS v2.1, DPT, Depth Anything, and metric ones alike.

What a picture must be turned into, and what the numbers mean, comes from the model's descriptor;
public sources disagree about some, so every field can be given anew on the command line.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F32, U8, Floats
from ...core.data.errors import ModelError, SettingsError
from ...core.decoding.placement import Placement
from ...core.depth.maps import DepthMap
from ..devices import ON_PROCESSOR, Device
from ..user.descriptor import Descriptor, ModelInput, load_descriptor
from ..user.fields import Mistake
from ..user.library import Library, default_folder
from .described import DescribedNetwork

_LEAST_SIDE: Final = 8
_MOST_SIDE: Final = 640
"""Larger answers are kept in means of pixels: several frames are held at once."""
_NEAREST_M: Final = 1e-3
_PLAIN_PICTURE: Final = 2.0
"""Grey levels by which a picture must vary before a depth of one number is the model's fault."""


class DescribedDepth:
    """A depth network of the user's. Implements ``core.depth.maps.DepthModel``."""

    def __init__(self, network: DescribedNetwork) -> None:
        self._network = network

    @property
    def name(self) -> str:
        """The descriptor's name."""
        return self._network.descriptor.name

    def estimate(self, bgr: U8) -> DepthMap | None:
        """Relative inverse depth of a picture (h, w, 3), None of one that shows nothing.

        Raises ModelError when the file can't be run or answers with no map of the picture, with
        numbers that are none, or with the same everywhere.
        """
        outputs, placement = self._network.look(bgr)
        raw = _as_map(outputs["depth"], self._network.source, placement)
        problem = _problem(raw)
        if problem:
            if float(bgr.std()) < _PLAIN_PICTURE:
                return None
            raise ModelError(
                f"{self._network.source} answers with {problem}; another export of it, or other "
                "settings of its input, may be needed."
            )
        inverse = _inverse(raw, self._network.descriptor.depth or "inverse")
        return _placed(inverse, placement)


def _as_map(depth: Floats, source: str, placement: Placement) -> F32:
    """The one map (h, w) of an answer. Raises ModelError for any other shape."""
    answer = np.asarray(depth)
    sides = [side for side in answer.shape if side != 1]
    width, height = placement.size_px
    if len(sides) != 2 or min(sides) < _LEAST_SIDE or not np.issubdtype(answer.dtype, np.number):
        raise ModelError(
            f"{source} answers with {answer.dtype} of shape {answer.shape} where one map of the "
            "picture's depth was expected."
        )
    # Maps may be coarser than the input; their shape must be its own, within rounding.
    if abs(sides[0] * width - sides[1] * height) > max(width, height):
        raise ModelError(
            f"{source} answers with a map of {sides[1]} x {sides[0]} for an input of "
            f"{width} x {height}, which is another picture's shape."
        )
    return answer.reshape(sides).astype(np.float32)


def _problem(raw: F32) -> str:
    if not np.isfinite(raw).all():
        return "numbers that are none (NaN or infinite)"
    low, high = float(raw.min()), float(raw.max())
    if high - low <= 1e-6 * max(abs(low), abs(high), 1e-6):
        return "the same depth everywhere"
    return ""


def _inverse(raw: F32, sense: str) -> F32:
    """Larger = nearer, whatever the network's own sense."""
    if sense == "inverse":
        return raw
    return (1 / np.maximum(raw, _NEAREST_M)).astype(np.float32)


def _placed(inverse: F32, placement: Placement) -> DepthMap:
    """The map with the way into it from the picture, borders included."""
    scale = np.array(inverse.shape[::-1]) / np.array(placement.size_px)
    factor = -(-max(inverse.shape) // _MOST_SIDE)
    if factor > 1:
        inverse, scale = _means(inverse, factor), scale / factor
    per_px = scale * np.array(placement.covered_px) / np.array(placement.picture_px)
    corner = scale * np.array(placement.corner_px)
    return DepthMap(
        np.ascontiguousarray(inverse),
        (float(per_px[0]), float(per_px[1])),
        (float(corner[0]), float(corner[1])),
    )


def _means(inverse: F32, factor: int) -> F32:
    """Means of ``factor`` x ``factor`` pixels; the last ones repeat so that all are whole."""
    missing = [-side % factor for side in inverse.shape]
    padded = np.pad(inverse, [(0, m) for m in missing], mode="edge")
    height, width = (side // factor for side in padded.shape)
    return padded.reshape(height, factor, width, factor).mean((1, 3)).astype(np.float32)


_NORMALISE: Final = {
    "none": (1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "imagenet": (1 / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "half": (1 / 255, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "bytes": (1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
}
"""Pixels as 0..1, by ImageNet's mean and deviation, as -1..1, as 0..255."""
_KEYS: Final = ("size", "multiple", "channels", "normalise", "sense", "fit")


def open_depth(
    model: str,
    changes: str = "",
    library: Library | None = None,
    device: Device = ON_PROCESSOR,
) -> DescribedDepth:
    """A depth network by its name in ``limn models`` or by its file; opened at its first use.

    ``changes`` ("channels=bgr,sense=metric") replace what the descriptor says; a file that no
    descriptor knows is taken to be like MiDaS small: 256 x 256 unless the file says otherwise, RGB
    of 0..1, inverse depth. Raises ModelError for a model that isn't there or tells no depth,
    SettingsError for changes that make no sense.
    """
    library = library or Library(default_folder())
    path = Path(model)
    if path.suffix.lower() == ".onnx" or len(path.parts) > 1:
        _check_there(path)
        descriptor = _of_file(path, library)
    else:
        path, descriptor = library.path_of(model), library.installed()[model]
    if descriptor.job != "depth":
        raise ModelError(f"The model '{model}' tells no depth; 'limn models' lists which do.")
    return DescribedDepth(DescribedNetwork(changed(descriptor, changes), path, device))


def _check_there(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        raise ModelError(f"The depth network {path} is missing.") from None
    except OSError as error:
        raise ModelError(
            f"The depth network {path} can't be read: {error.strerror or error}."
        ) from None


def _of_file(path: Path, library: Library) -> Descriptor:
    """The descriptor beside a file, else the known one of a file of that name, else MiDaS's."""
    beside = path.with_suffix(".json")
    if os.path.isfile(beside):
        return load_descriptor(beside)
    for known in library.known().values():
        if known.job == "depth" and known.file == path.name:
            # What somebody exported again is another file, whose tensors may have other names.
            entry = replace(known.input, tensor=None)
            again = replace(known, input=entry, outputs={"depth": ""})
            return replace(again, sha256=None, size_bytes=None, url=None)
    return Descriptor(
        name="depth-file",
        title=path.name,
        job="depth",
        decoder="midas",
        file="model.onnx",
        licence="unknown",
        credit="",
        good_for="",
        input=ModelInput(width=256, height=256, scale=1 / 255),
        outputs={"depth": ""},
        depth="inverse",
    )


def changed(descriptor: Descriptor, changes: str) -> Descriptor:
    """``descriptor`` with the fields of "key=value,key=value" replaced. Raises SettingsError."""
    entry, sense = descriptor.input, descriptor.depth
    for part in filter(None, (piece.strip() for piece in changes.split(","))):
        key, _, value = part.partition("=")
        try:
            if key == "size":
                width, _, height = value.partition("x")
                entry = replace(entry, width=int(width), height=int(height or width))
            elif key == "multiple":
                entry = replace(entry, multiple_of=int(value))
            elif key in ("channels", "fit"):
                entry = replace(entry, **{key: value})
            elif key == "normalise":
                scale, mean, std = _NORMALISE[value]
                entry = replace(entry, scale=scale, mean=mean, std=std)
            elif key == "sense":
                sense = replace(descriptor, depth=value).depth
            else:
                raise SettingsError(f"A depth input has no '{key}'; it has {', '.join(_KEYS)}.")
        except KeyError:
            raise SettingsError(
                f"The depth input's 'normalise' is '{value}'; it must be one of "
                f"{', '.join(_NORMALISE)}."
            ) from None
        except (ValueError, Mistake) as error:
            raise SettingsError(f"The depth input can't be '{part}' ({error}).") from None
    return replace(descriptor, input=entry, depth=sense)
