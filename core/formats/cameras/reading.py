"""A camera file of any known kind, by its name, as a ``GivenCamera`` of a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...data.errors import SettingsError
from ...data.observations import GivenCamera
from ...data.reading import Damaged, read_text, refusing
from .calibration import read_calibration
from .colmap import read_colmap
from .table import read_table

_MOST_BYTES: Final = 256_000_000  # of text, bounds memory
_IMAGES: Final = "images.txt"
_CAMERAS: Final = "cameras.txt"


def read_camera(path: str | Path, clip_name: str, size_px: tuple[int, int]) -> GivenCamera:
    """Read the camera of the clip called ``clip_name``, whose pictures are ``size_px``.

    * a folder or its ``images.txt``: COLMAP's text model, with ``cameras.txt`` beside it;
    * ``.toml``: a calibration of Pose2Sim, Caliscope or Anipose, one camera that stands still;
    * ``.csv``: a row a frame, see ``table``.

    Raises SettingsError with one sentence.
    """
    path = Path(path)
    with refusing(path, "the camera", "no camera file", SettingsError):
        if path.is_dir() or path.name == _IMAGES:
            folder = path if path.is_dir() else path.parent
            images = read_text(folder / _IMAGES, _MOST_BYTES)
            return read_colmap(images, read_text(folder / _CAMERAS, _MOST_BYTES), size_px)
        text = read_text(path, _MOST_BYTES)
        suffix = path.suffix.lower()
        if suffix == ".toml":
            return read_calibration(text, clip_name, size_px)
        if suffix == ".csv":
            return read_table(text, size_px)
        raise Damaged("its name ends in none of .csv, .toml or images.txt")
