"""A stranger's motion file to a take: recognised by what is in it, never run, never unpickled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final, TypeAlias, cast

import numpy as np

from ..bodies.smplx_model import SmplxModel
from ..data.arrays import F64
from ..data.errors import SettingsError, TakeError
from ..data.reading.files import Damaged, refusing
from ..data.reading.pickles import read_values
from ..data.types import ClipInfo, Take
from .as_take import ImportSettings, take_of
from .keypoints import opening as pictures
from .keypoints.sightings import KeypointMotion
from .markers.points import MarkerMotion, placed_points
from .markers.take import marker_take
from .motion import WORLD_UP, ImportedMotion
from .placing import AUTO, put_into_world
from .readers import (
    armature,
    bvh_files,
    gvhmr,
    phalp,
    point_tables,
    prompthmr,
    sam3d_body,
    several_cameras,
    smpl_files,
    tram,
    wham,
)
from .values import Value

_LAYOUTS: Final[tuple[ModuleType, ...]] = (
    armature, gvhmr, prompthmr, wham, tram, phalp, sam3d_body, smpl_files,
)  # fmt: skip
"""Readers in the order in which they are asked; what serves many tools is asked last."""


AnyMotion: TypeAlias = ImportedMotion | MarkerMotion | KeypointMotion


def read_motion(path: str | Path) -> AnyMotion:
    """Read another tool's motion, or keypoints of a file or of a folder with a file a frame.

    Raises TakeError with one sentence for any other file.
    """
    path = Path(path)
    with refusing(path, "the motion", "no motion that Limn knows", TakeError):
        return _read(path)


def import_motion(
    path: str | Path,
    settings: ImportSettings | None = None,
    *,
    clip: ClipInfo | None = None,
    up: str = AUTO,
    model: SmplxModel | None = None,
) -> Take:
    """A file of motion in three dimensions as a take; see ``take_of_motion``.

    Raises TakeError, also for keypoints of pictures, and SettingsError.
    """
    motion = read_motion(path)
    if isinstance(motion, KeypointMotion):
        raise TakeError(f"{path} holds keypoints of pictures, which are no motion yet.")
    given = settings or ImportSettings()
    return take_of_motion(path, motion, given, clip=clip, up=up, model=model)


def take_of_motion(
    path: str | Path,
    motion: ImportedMotion | MarkerMotion,
    settings: ImportSettings,
    *,
    clip: ClipInfo | None = None,
    up: str = AUTO,
    model: SmplxModel | None = None,
) -> Take:
    """Another tool's motion as a take: solved as evidence, or with ``is_as_it_is`` unchanged.

    ``clip`` is the footage that the file ``path`` was made from; ``up`` the axis of the file's
    world that points up, one of ``WORLD_UP`` or "auto"; ``model`` the user's SMPL-X model. Raises
    TakeError and SettingsError.
    """
    if up not in (AUTO, *WORLD_UP):
        raise SettingsError(f"The up axis is '{up}'; it must be one of {', '.join(WORLD_UP)}.")
    footage = clip or ClipInfo(str(Path(path).absolute()), (0, 0), 0.0, 0)
    with refusing(path, "the motion", "no motion that Limn knows", TakeError):
        if isinstance(motion, MarkerMotion):
            placed = placed_points(motion, up)
        else:
            if not motion.frame_count:
                raise Damaged("there is nobody in it")
            return take_of(put_into_world(motion, up), footage, settings, model)
    return marker_take(motion, placed, footage, settings)


def _read(path: Path) -> AnyMotion:
    if path.is_dir():
        return _read_folder(path)
    return _BY_SUFFIX.get(path.suffix.lower(), _read_values)(path)


def _read_folder(path: Path) -> AnyMotion:
    """A folder with a file a frame, or with TRAM's file a person."""
    tracks = sorted(path.glob(tram.TRACKS)) or sorted(path.glob(f"*/{tram.TRACKS}"))
    if tracks:
        return tram.read_all([read_values(file) for file in tracks], _beside(tracks[0]))
    archives = sorted(path.glob("*.npz"))
    files = archives or pictures.frame_files(path)
    first = read_values(files[0]) if archives else pictures.values_of(files[0])
    if not sam3d_body.matches(first):
        return pictures.read_folder(path)
    each = [first, *(read_values(f) if archives else pictures.values_of(f) for f in files[1:])]
    return sam3d_body.read_files(each, pictures.numbers_of(files))


def _read_json(path: Path) -> AnyMotion:
    values = pictures.values_of(path)
    return (
        sam3d_body.read(values) if sam3d_body.matches(values) else pictures.read_json(path, values)
    )


_BY_SUFFIX: Final[Mapping[str, Callable[[Path], AnyMotion]]] = {
    ".bvh": bvh_files.read,
    ".trc": point_tables.read_trc,
    ".csv": point_tables.read_csv,
    ".c3d": point_tables.read_c3d,
    ".json": _read_json,
}


def _read_values(path: Path) -> AnyMotion:
    values = read_values(path)
    if isinstance(values, dict) and "header" in values and "time_s" in values:
        raise TakeError(f"{path} is a Limn take already; use it as it is.")
    for layout in _LAYOUTS:
        if layout.matches(values):
            if layout is tram:
                return tram.read(values, _beside(path))
            return layout.read(values)
    if isinstance(values, np.ndarray) and cast(F64, values).dtype.kind == "f":
        array = cast(F64, values)
        together = several_cameras.read(array, path)
        return together or pictures.read_array(array) or point_tables.of_array(array)
    raise Damaged("its values are not laid out as those of a tool that Limn knows")


def _beside(path: Path) -> Value:
    """The values of the camera's file that TRAM writes in the folder above, None without one."""
    for folder in (path.parent, path.parent.parent):
        camera = folder / tram.CAMERA_FILE
        if camera.is_file():
            return read_values(camera)
    return None
