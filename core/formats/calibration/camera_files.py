"""A take's cameras for other tools: TOML as Pose2Sim and Caliscope read it, and JSON.

Rotation and translation take the take's world (metres, z up) to each camera's axes (OpenCV's).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...data.footage.places import stem_of
from ...data.safe_text import showable
from ...data.types import Camera, ClipInfo, Take
from ...data.writing import write_text
from ...geometry.rotations import log_so3
from ..asked import Asked


def export_camera_toml(asked: Asked) -> list[Path]:
    """Write the cameras as a calibration in TOML. Raises OutputError."""
    lines: list[str] = []
    for number, (name, clip, camera, _) in enumerate(_cameras(asked.take), 1):
        R, t = _from_world(camera)
        lines += [
            f"[cam_{number:02d}]",
            f"name = {_quoted(name)}",
            f"size = [{clip.size_px[0]:.1f}, {clip.size_px[1]:.1f}]",
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
    for name, clip, camera, starts_s in _cameras(asked.take):
        R, t = _from_world(camera)
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
            }
        )
    write_text(asked.path, json.dumps({"cameras": cameras}, indent=1) + "\n")
    return [asked.path]


def _cameras(take: Take) -> Iterator[tuple[str, ClipInfo, Camera, float]]:
    """Name, clip, camera and seconds of its start, of the take's own and its further views."""
    every = [(take.clip, take.camera, 0.0)]
    every += [(v.part.clip, v.part.camera, v.starts_s) for v in take.views if v.is_used]
    names = [_name(clip) for clip, _, _ in every]
    for number, (name, one) in enumerate(zip(names, every, strict=True), 1):
        # Readers tell cameras apart by their names.
        yield name if names.count(name) == 1 else f"{name}_{number}", *one


def _name(clip: ClipInfo) -> str:
    return showable(stem_of(clip.path))


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _from_world(camera: Camera) -> tuple[Any, Any]:
    T = np.linalg.inv(camera.T_world_camera)
    return T[:3, :3], T[:3, 3]
