"""The known truth of a benchmark clip, ``gt.npz``: the one reader of such files.

Arrays of the file: ``joints3d`` (T, P, J, 3) metres in OpenCV camera axes, ``names`` (J,), ``K``
(3, 3), and if known ``valid``, ``visible``, ``hidden`` (T, P, J), ``eval`` (T, P), ``dist`` (4,),
``R`` (3, 3) or (T, 3, 3) and ``t`` (3,) or (T, 3) from world to camera, ``fps``, ``size`` (width,
height) and ``val`` (whether nothing may be learnt from the clip).
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import F64, Bools, Floats, check_finite, check_shape
from ..data.errors import ClipError
from ..data.reading.files import DAMAGES
from ..data.types import Camera
from ..geometry.camera import distort

_NEAREST_M: Final = 0.1  # nearer to the lens nothing is in view
_ALIASES: Final = {"foot_index": "toe", "toe": "foot_index"}
"""COCO's whole-body networks and BlazePose call one point differently."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where P people really were in T frames.

    * ``names``: the J joints, spelled as COCO does; ``left_*`` is the person's own left;
    * ``xyz_camera`` (T, P, J, 3): metres, camera axes, known where ``valid`` (T, P, J);
    * ``hidden`` (T, P, J): 0 in view, above it covered; None where nobody says;
    * ``judged`` (T, P): person-frames that count;
    * ``K``, ``dist``: the lens, pixels and OpenCV's k1 k2 p1 p2;
    * ``R_camera_world`` (T, 3, 3), ``xyz_shift`` (T, 3): camera points are R xyz_world + shift;
    * ``fps``: NaN and ``size_px`` (0, 0) where the file doesn't say;
    * ``held_out``: whether nothing may be learnt from the clip.
    """

    names: tuple[str, ...]
    xyz_camera: F64
    valid: Bools
    hidden: Floats | None
    judged: Bools
    K: F64
    dist: F64
    R_camera_world: F64
    xyz_shift: F64
    fps: float
    size_px: tuple[int, int]
    held_out: bool = False

    def __post_init__(self) -> None:
        t, p, j = self.xyz_camera.shape[:3]
        check_shape("joints3d", self.xyz_camera, (None, None, len(self.names), 3))
        check_shape("valid", self.valid, (t, p, j))
        if self.hidden is not None:
            check_shape("visible", self.hidden, (t, p, j))
        check_shape("eval", self.judged, (t, p))
        check_shape("K", self.K, (3, 3))
        check_shape("dist", self.dist, (4,))
        check_shape("R", self.R_camera_world, (t, 3, 3))
        check_shape("t", self.xyz_shift, (t, 3))
        for owner, array in (("K", self.K), ("dist", self.dist), ("R", self.R_camera_world)):
            check_finite(owner, array)

    def columns(self, names: Sequence[str]) -> list[int]:
        """Where joints of these names stand. Raises ClipError when one is missing."""
        out: list[int] = []
        for name in names:
            side, _, part = name.partition("_")
            other = f"{side}_{_ALIASES[part]}" if part in _ALIASES else name
            known = [self.names.index(one) for one in (name, other) if one in self.names]
            if not known:
                raise ClipError(f"The truth has no joint {name}.")
            out.append(known[0])
        return out

    def joints(self, names: Sequence[str]) -> Truth:
        """The same with these joints only. Raises ClipError when one is missing."""
        pick = self.columns(names)
        return replace(
            self,
            names=tuple(names),
            xyz_camera=self.xyz_camera[:, :, pick],
            valid=self.valid[:, :, pick],
            hidden=None if self.hidden is None else self.hidden[:, :, pick],
        )

    def frames(self, rows: Sequence[int] | np.ndarray) -> Truth:
        """The same with these frames only. Raises ClipError when there are none or too few."""
        rows = np.asarray(rows, int)
        if not len(rows) or rows.max() >= len(self.judged):
            raise ClipError("The truth is of another clip: it has fewer frames than the take.")
        return replace(
            self,
            xyz_camera=self.xyz_camera[rows],
            valid=self.valid[rows],
            hidden=None if self.hidden is None else self.hidden[rows],
            judged=self.judged[rows],
            R_camera_world=self.R_camera_world[rows],
            xyz_shift=self.xyz_shift[rows],
        )

    def pixels(self) -> F64:
        """(T, P, J, 2) where the joints are in the picture; meaningless behind the camera."""
        with np.errstate(divide="ignore", invalid="ignore"):
            xy = distort(self.xyz_camera[..., :2] / self.xyz_camera[..., 2:], self.dist)
        return xy * [self.K[0, 0], self.K[1, 1]] + self.K[:2, 2]

    def inside(self) -> Bools:
        """(T, P, J) which joints are within the picture and before the camera.

        Raises ClipError when the size of the picture isn't known.
        """
        if min(self.size_px) < 1:
            raise ClipError("The truth doesn't say how large the picture is ('size').")
        xy = self.pixels()
        within = ((xy > 0) & (xy < self.size_px)).all(-1)
        return within & (self.xyz_camera[..., 2] > _NEAREST_M)

    def world(self, xyz_camera: Floats) -> F64:
        """Camera points (T, ..., 3) of all frames in the world's axes."""
        extra = (1,) * (xyz_camera.ndim - 2)
        shift = self.xyz_shift.reshape(len(self.xyz_shift), *extra, 3)
        return np.einsum("t...a,tab->t...b", xyz_camera - shift, self.R_camera_world)


def read_truth(path: Path) -> Truth:
    """Read a benchmark clip's gt.npz, or the folder it lies in. Raises ClipError."""
    file = _file(path)
    with reading(file, "the truth") as npz:
        return _truth({name: npz[name] for name in npz.files})


def read_intrinsics(path: Path, size_px: tuple[int, int]) -> Camera:
    """Read K and dist, and nothing else, of a clip's gt.npz or its folder. Raises ClipError."""
    file = _file(path)
    with reading(file, "the camera of the benchmark clip") as npz:
        return Camera(K=np.asarray(npz["K"], np.float64), size_px=size_px, dist=_dist(npz))


@contextmanager
def reading(file: Path, what: str) -> Generator[Any]:
    """Open an ``.npz``; raises ClipError for whatever is wrong with it or found wrong in it."""
    try:
        # NumPy leaves a file open that it finds to be no archive: this one is closed here.
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as npz:
            yield npz
    except OSError as error:
        raise ClipError(f"Can't read {what} {file}: {error.strerror or error}.") from error
    except KeyError as error:
        raise ClipError(f"Can't read {what} {file} (it has no {error}).") from error
    except DAMAGES as error:
        raise ClipError(f"Can't read {what} {file} ({error}).") from error


def _file(path: Path) -> Path:
    return path / "gt.npz" if os.path.isdir(path) else path


def _dist(gt: Mapping[str, Any]) -> F64:
    return np.asarray(gt["dist"] if "dist" in gt else np.zeros(4), np.float64).ravel()[:4]


def _truth(gt: Mapping[str, Any]) -> Truth:
    xyz: F64 = gt["joints3d"].astype(np.float64)
    if xyz.ndim != 4:
        raise ValueError(f"joints3d has shape {xyz.shape}, expected (frames, people, joints, 3)")
    t = len(xyz)
    valid = gt["valid"].astype(bool) if "valid" in gt else np.ones(xyz.shape[:3], bool)
    hidden = gt["hidden"].astype(np.float64) if "hidden" in gt else None
    if hidden is None and "visible" in gt:
        hidden = (~gt["visible"].astype(bool)).astype(np.float64)
    width, height = np.asarray(gt.get("size", (0, 0))).ravel()
    R, shift = gt.get("R", np.eye(3)), gt.get("t", np.zeros(3))
    return Truth(
        names=tuple(str(name) for name in gt["names"]),
        xyz_camera=xyz,
        valid=valid & np.isfinite(xyz).all(-1),
        hidden=hidden,
        judged=gt["eval"].astype(bool) if "eval" in gt else np.ones(xyz.shape[:2], bool),
        K=gt["K"].astype(np.float64),
        dist=_dist(gt),
        R_camera_world=np.broadcast_to(np.asarray(R, np.float64), (t, 3, 3)),
        xyz_shift=np.broadcast_to(np.asarray(shift, np.float64), (t, 3)),
        fps=float(gt.get("fps", np.nan)),
        size_px=(int(width), int(height)),
        held_out=bool(gt.get("val", False)),
    )
