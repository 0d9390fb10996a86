"""Landmarks as JSON in the layout of MediaPipe's results: 33 of each body, 21 of each hand.

``x`` and ``y`` are shares of the picture's width and height, as networks saw the points, and
``visibility`` is how surely; ``z`` is the solved motion's depth in picture widths, from between the
hips, and of hands from the wrist. People are in one order in every list of a frame.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...data.arrays import F64, Floats
from ...data.hand_points import SIDES, hand_names
from ...data.skeletons import BLAZEPOSE_33, joint
from ...data.types import Person
from ...data.writing import write_text
from ...geometry.kinematics import forward
from ...hands.model import points_posed
from ..asked import Asked
from ..file_axes import Placed, place

_PARTS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_ON: Final = {"heel": "ankle", "foot_index": "foot", "pinky": "wrist", "index": "wrist",
              "thumb": "wrist"}  # fmt: skip
"""Landmarks that are no joints lie about as deep as these."""


def export_mediapipe(asked: Asked) -> list[Path]:
    """Write everybody's landmarks. Raises OutputError."""
    take, chosen = asked.take, asked.chosen
    width, height = take.clip.size_px
    frames: dict[int, dict[str, Any]] = {}
    for at in chosen:
        frames[int(at)] = {
            "frame": int(take.source_frame[at]),
            "timestamp_ms": round(1e3 * float(take.time_s[at]), 3),
        }
    shows_hands = any(_has_hands(person) for _, person in asked.people)
    for _, person in asked.people:
        rows = np.flatnonzero(np.isin(person.frames, chosen)).astype(np.int32)
        if not len(rows):
            continue
        placed = place(take, person, rows, "camera", y_up=False)
        for name, points in _landmarks(placed, take.camera.K[0, 0], (width, height), shows_hands):
            for at, one in zip(placed.frames, points, strict=True):
                frames[int(at)].setdefault(name, []).append(one)
    document = {
        "image_width": int(width),
        "image_height": int(height),
        "fps": float(take.clip.fps / take.clip.step),
        "frames": list(frames.values()),
    }
    write_text(asked.path, json.dumps(document, ensure_ascii=False) + "\n")
    return [asked.path]


def _has_hands(person: Person) -> bool:
    return all(person.xy_skeleton.select(hand_names(side)).known.all() for side in SIDES)


def _landmarks(
    placed: Placed, focal: float, size_px: tuple[int, int], shows_hands: bool
) -> list[tuple[str, list[list[dict[str, float]]]]]:
    """Under each name the landmarks of every frame."""
    hips = placed.xyz[:, [joint("left_hip"), joint("right_hip")]].mean(1)
    deep = np.stack([placed.xyz[:, _joint_of(name), 2] for name in BLAZEPOSE_33], axis=1)
    per_m = focal / np.maximum(hips[:, 2], 1e-3) / size_px[0]
    z = (deep - hips[:, 2:]) * per_m[:, None]
    out = [("pose_landmarks", _told(placed, BLAZEPOSE_33, z, size_px))]
    if shows_hands:
        for side in SIDES:
            xyz = _hand(placed, side)
            z = (xyz[..., 2] - xyz[:, :1, 2]) * per_m[:, None]
            names = hand_names(side)
            out.append((f"{side}_hand_landmarks", _told(placed, names, z, size_px)))
    return out


def _joint_of(name: str) -> int:
    """The joint that lies about as deep as a landmark."""
    side, _, part = name.partition("_")
    part = _ON.get(part, part)
    return joint(f"{side}_{part}") if part in (*_PARTS, "foot") else joint("head")


def _told(
    placed: Placed, names: Sequence[str], z: Floats, size_px: tuple[int, int]
) -> list[list[dict[str, float]]]:
    """Landmarks of every frame, zeros where no network has a name for one."""
    person, rows = placed.person, placed.rows
    pick = person.xy_skeleton.select(names)
    xy = pick.of(person.xy_px[rows]).astype(np.float64) / size_px
    score = pick.scores(person.xy_score[rows])
    known = score > 0
    values = np.concatenate([np.where(known[..., None], xy, 0.0), z[..., None]], axis=-1)
    return [
        [
            {
                "x": round(float(x), 6), "y": round(float(y), 6), "z": round(float(depth), 6),
                "visibility": round(float(sure), 4),
            }
            for (x, y, depth), sure in zip(points, scores, strict=True)
        ]
        for points, scores in zip(values, score, strict=True)
    ]  # fmt: skip


def _hand(placed: Placed, side: str) -> F64:
    """The 21 points (t, 21, 3) of a posed hand."""
    rest = placed.person.rest_xyz_body.astype(np.float64)
    xyz, R = forward(rest, placed.xyz[:, 0], placed.R_parent_joint)
    return points_posed(rest, side, xyz, R)
