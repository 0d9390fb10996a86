"""Small readers of the files that Limn writes, made from the formats' descriptions alone.

TRC: Motion Analysis's layout as OpenSim's user guide describes it ("Marker (.trc) Files"). PC2:
3ds Max's Point Cache 2. MDD: LightWave's Motion Designer data. ``.smpl``: the field list of
Meshcapade's smplcodec. BVH: M. Meredith and S. Maddock, "Motion capture file formats explained"
(2001); only the hierarchy is read here, Blender's own importer reads the motion.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Trc:
    header: dict[str, str]
    labels: list[str]
    numbers: list[int]
    time_s: np.ndarray
    xyz: np.ndarray
    """(t, m, 3), NaN where cells are empty."""


def read_trc(path: Path) -> Trc:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    assert rows[0][:3] == ["PathFileType", "4", "(X/Y/Z)"]
    assert rows[0][3] == path.name
    header = dict(zip(rows[1], rows[2], strict=True))
    markers = int(header["NumMarkers"])
    assert rows[3][:2] == ["Frame#", "Time"]
    labels = [rows[3][2 + 3 * n] for n in range(markers)]
    axes = [f"{axis}{n}" for n in range(1, markers + 1) for axis in "XYZ"]
    assert rows[4] == ["", "", *axes]
    assert rows[5] == [""], "an empty line stands between the header and the data"
    data = rows[6:]
    assert all(len(row) == 2 + 3 * markers for row in data)
    cells = np.array([[float(cell) if cell else np.nan for cell in row[2:]] for row in data])
    return Trc(
        header,
        labels,
        [int(row[0]) for row in data],
        np.array([float(row[1]) for row in data]),
        cells.reshape(len(data), markers, 3),
    )


def read_pc2(path: Path) -> tuple[np.ndarray, float, float]:
    """(samples, points, 3), the first sample's frame and the frames between two samples."""
    data = path.read_bytes()
    assert data[:12] == b"POINTCACHE2\0"
    version, points, start, rate, samples = struct.unpack("<iiffi", data[12:32])
    assert version == 1
    assert len(data) == 32 + 12 * points * samples
    return np.frombuffer(data[32:], "<f4").reshape(samples, points, 3), start, rate


def read_mdd(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(frames, points, 3) and times in seconds (frames,)."""
    data = path.read_bytes()
    frames, points = struct.unpack(">ii", data[:8])
    assert len(data) == 8 + 4 * frames + 12 * points * frames
    times = np.frombuffer(data, ">f4", frames, 8)
    return np.frombuffer(data, ">f4", offset=8 + 4 * frames).reshape(frames, points, 3), times


def read_smpl(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, float]]:
    """Axis-angle poses (t, 55, 3) in SMPL-X's order, translation (t, 3) and the scalars."""
    with np.load(path, allow_pickle=False) as npz:
        scalars = {name: float(npz[name]) for name in npz.files if npz[name].ndim == 0}
        parts = ("bodyPose", "headPose", "leftHandPose", "rightHandPose")
        counts = [npz[part].shape[1] for part in parts]
        assert counts == [22, 3, 15, 15]
        poses = np.concatenate([npz[part] for part in parts], axis=1)
        assert npz["shapeParameters"].ndim == 1
        return poses, npz["bodyTranslation"], scalars


def read_bvh_offsets(path: Path) -> dict[str, np.ndarray]:
    """OFFSET of every joint by name; an end site is called after its joint, with "/end"."""
    out: dict[str, np.ndarray] = {}
    open_names: list[str] = []
    name = ""
    for words in (line.split() for line in path.read_text("utf-8").splitlines()):
        match words:
            case ["ROOT" | "JOINT", name]:
                pass
            case ["End", "Site"]:
                name = f"{open_names[-1]}/end"
            case ["{"]:
                open_names.append(name)
            case ["}"]:
                open_names.pop()
            case ["OFFSET", *numbers]:
                out[open_names[-1]] = np.array(numbers, float)
            case ["MOTION"]:
                break
            case _:
                continue
    assert not open_names, "every brace is closed"
    return out
