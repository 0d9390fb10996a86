"""A camera file of any known kind, by its name, as a ``GivenCamera`` of a clip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ...data.errors import SettingsError
from ...data.footage.places import stem_of
from ...data.observations import GivenCamera
from ...data.reading import Damaged, read_text, refusing
from ...data.types import ClipInfo
from .calibration import read_calibration
from .colmap import Image, Lens, camera_of, text_model
from .colmap_binary import binary_model
from .table import read_table

_MOST_BYTES: Final = 256_000_000  # of text, bounds memory
_TEXT: Final = "images.txt"
_BINARY: Final = "images.bin"
_CAMERAS: Final = "cameras.txt"
_MODELS: Final = (".", "0", "sparse/0", "sparse", "dense/sparse")
"""Where COLMAP's models lie in the folder of a project."""
_CALIBRATIONS: Final = (".toml", ".yml", ".yaml")


def read_camera(path: str | Path, clip: ClipInfo) -> GivenCamera:
    """Read the camera of a clip.

    * a folder or its ``images.txt`` or ``images.bin``: COLMAP's models, with ``cameras`` beside it;
    * ``.toml``, ``.yml``: a calibration of Pose2Sim, Caliscope, Anipose or OpenCV, one camera that
      stands still;
    * ``.csv``: a row a frame, see ``table``.

    Raises SettingsError with one sentence.
    """
    path, name = Path(path), stem_of(clip.path)
    with refusing(path, "the camera", "no camera file", SettingsError):
        suffix = path.suffix.lower()
        if os.path.isdir(path) or path.name in (_TEXT, _BINARY):
            images, lenses = _model(path)
            return camera_of(images, lenses, clip, name)
        if suffix in _CALIBRATIONS:
            return read_calibration(_text(path), name, clip.size_px)
        if suffix == ".csv":
            return read_table(_text(path), clip)
        endings = ".csv", *_CALIBRATIONS, _TEXT, _BINARY
        raise Damaged(f"it is no folder, and its name ends in none of {', '.join(endings)}")


def _model(path: Path) -> tuple[list[Image], dict[str, Lens]]:
    """The model that ``path`` is or has in it. Raises Damaged and OSError."""
    folders = [path / one for one in _MODELS] if os.path.isdir(path) else [path.parent]
    kinds = (_TEXT, _BINARY) if os.path.isdir(path) else (path.name,)
    for folder in folders:
        for kind in kinds:
            if not os.path.isfile(folder / kind):
                continue
            if kind == _BINARY:
                return binary_model(folder)
            images = _text(folder / _TEXT)
            return text_model(images, _text(folder / _CAMERAS))
    raise Damaged(f"it has no {_TEXT} and no {_BINARY} in it")


def _text(path: Path) -> str:
    # Editors of Windows begin files with a byte order mark.
    return read_text(path, _MOST_BYTES).removeprefix("\ufeff")
