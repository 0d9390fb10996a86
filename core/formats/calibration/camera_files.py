"""A take's cameras for other tools: TOML as Pose2Sim and Caliscope read it, and JSON.

Rotation and translation take the take's world (metres, z up) to each camera's axes (OpenCV's). One
that moves stands in the middle of its way; JSON tells of every frame besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...data.arrays import F64
from ...data.footage.places import stem_of
from ...data.safe_text import showable
from ...data.types import ClipInfo, Take
from ...data.writing import write_text
from ...geometry.camera import cameras_at
from ...geometry.rotations import log_so3
from ..asked import Asked


def export_camera_toml(asked: Asked) -> list[Path]:
    """Write the cameras as a calibration in TOML. Raises OutputError."""
    lines: list[str] = []
    for number, (name, part, _) in enumerate(_cameras(asked.take), 1):
        camera = part.camera
        R, t = _from_world(camera.T_world_camera)
        lines += [f"# {_quoted(name)} moves: this is the middle of its way"] if _moves(part) else []
        lines += [
            f"[cam_{number:02d}]",
            f"name = {_quoted(name)}",
            f"size = [{camera.size_px[0]:.1f}, {camera.size_px[1]:.1f}]",
            f"matrix = {camera.K.tolist()}",
            f"distortions = {camera.dist.tolist()}",
            f"rotation = {log_so3(R).tolist()}",
            f"translation = {t.tolist()}",
            "fisheye = false",
            "",
        ]
    lines += ["[metadata]", "adjusted = false", "error = 0.0", ""]
    write_text(asked.path, "\n".join(lines))
    return [asked.path]


def export_camera_json(asked: Asked) -> list[Path]:
    """Write the cameras with their clips and clocks as JSON. Raises OutputError."""
    cameras: list[dict[str, Any]] = []
    for name, part, starts_s in _cameras(asked.take):
        clip, camera = part.clip, part.camera
        R, t = _from_world(camera.T_world_camera)
        cameras.append(
            {
                "name": name,
                "clip": showable(clip.path),
                "fps": clip.fps,
                "starts_s": starts_s,
                "size_px": list(clip.size_px),
                "K": camera.K.tolist(),
                "dist": camera.dist.tolist(),
                "R_camera_world": R.tolist(),
                "t_camera_world": t.tolist(),
                **({"frames": _every_frame(part)} if _moves(part) else {}),
            }
        )
    write_text(asked.path, json.dumps({"cameras": cameras}, indent=1) + "\n")
    return [asked.path]


def _moves(part: Take) -> bool:
    """Whether a camera turns, is carried, zooms or stands elsewhere after a cut."""
    return any(len(values) for values in (part.turns, part.path, part.zoom, part.cuts))


def _every_frame(part: Take) -> dict[str, Any]:
    """Where a camera that moves stands in every frame, ``time_s`` seconds after its first."""
    count = len(part.time_s)
    R, t = _from_world(cameras_at(part, np.arange(count, dtype=np.int32)))
    K = np.tile(part.camera.K, (count, 1, 1))
    if len(part.zoom):
        K[:, :2, :2] *= part.zoom[:, None, None]
    return {
        "time_s": part.time_s.tolist(),
        "K": K.tolist(),
        "R_camera_world": R.tolist(),
        "t_camera_world": t.tolist(),
    }


def _cameras(take: Take) -> Iterator[tuple[str, Take, float]]:
    """Name, clip with its camera and seconds of its start, of the take's own and further views."""
    every = [(take, 0.0), *((v.part, v.starts_s) for v in take.views if v.is_used)]
    names = [_name(part.clip) for part, _ in every]
    for number, (name, one) in enumerate(zip(names, every, strict=True), 1):
        # Readers tell cameras apart by their names.
        yield name if names.count(name) == 1 else f"{name}_{number}", *one


def _name(clip: ClipInfo) -> str:
    return showable(stem_of(clip.path))


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _from_world(T_world_camera: F64) -> tuple[Any, Any]:
    T = np.linalg.inv(T_world_camera)
    return T[..., :3, :3], T[..., :3, 3]
