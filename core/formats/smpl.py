"""``.smpl``: Meshcapade's codec of SMPL-X motion, an ``.npz`` with names of its own.

Keys, shapes and versions are those of their package smplcodec 2.3.0 (MIT), which reads it back. Its
``bodyTranslation`` is AMASS's ``trans`` (SMPLCodec.from_amass_npz): it moves a body whose pelvis is
where that of the average shape is at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ..data.skeletons import MEAN_PELVIS_XYZ
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..data.writing import write_npz
from ..geometry.rotations import rotvec_from_quat
from .amass import unbroken_rows
from .asked import Asked

_CODEC_VERSION: Final = 2  # of the format
_SMPLX: Final = 2  # the format's number for SMPL-X
_NEUTRAL: Final = 0  # the format's number for that gender
_BETAS: Final = 10  # all 0, the average body
_PARTS: Final = {"bodyPose": (0, 22), "headPose": (22, 25), "leftHandPose": (25, 40)}
_RIGHT_HAND: Final = (40, 55)  # rows of the 55 joints


def export_smpl(asked: Asked) -> list[Path]:
    """Write one person's motion. Raises OutputError."""
    save_smpl(asked.take, asked.person, asked.path, asked.frames)
    return [asked.path]


def save_smpl(
    take: Take, person: Person, path: str | Path, frames: Sequence[int] | None = None
) -> None:
    """Write one person's motion over ``frames`` (positions in the take; all of theirs, if None).

    Betas are zeros: Limn's free body has none of SMPL-X's. Raises OutputError as ``save_amass``.
    """
    rows = unbroken_rows(person, frames)
    rotvec = rotvec_from_quat(person.quat_parent_joint[rows].astype(np.float64)).astype(np.float32)
    parts = {**_PARTS, "rightHandPose": _RIGHT_HAND}
    arrays = {
        "codecVersion": np.int32(_CODEC_VERSION),
        "smplVersion": np.int32(_SMPLX),
        "gender": np.int32(_NEUTRAL),
        "frameCount": np.int32(len(rows)),
        "frameRate": np.float32(take_frame_rate(take)),
        "shapeParameters": np.zeros(_BETAS, np.float32),
        "bodyTranslation": (person.root_xyz_world[rows] - MEAN_PELVIS_XYZ).astype(np.float32),
        **{name: rotvec[:, first:stop] for name, (first, stop) in parts.items()},
    }
    write_npz(path, arrays)
