"""MediaPipe's landmarks as JSON, whoever wrote them: legacy and Tasks results, frame by frame.

Names of its public interfaces, in snake or camel case: ``pose_landmarks``,
``pose_world_landmarks``, ``left_hand_landmarks``, ``right_hand_landmarks``, ``face_landmarks``; of
Tasks ``landmarks``, ``world_landmarks`` of several people. A landmark is an object of x, y, z and
visibility, or these in a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.faces.mesh import MESH_POINTS
from ...data.hand_points import KNUCKLES, POINTS, SIDES, hand_names
from ...data.reading.files import Damaged
from ...data.skeletons import BLAZEPOSE_33
from ..values import FRAME_RATES, Value, Values
from .names import MESH
from .sightings import KeypointMotion, Sighting, gathered, size_in, whole_number

_BODY: Final = ("poselandmarks", "pose", "landmarks", "keypoints", "bodylandmarks")
_WORLD: Final = (
    "poseworldlandmarks", "worldlandmarks", "poselandmarksworld", "poseworld", "landmarksworld",
)  # fmt: skip
_HAND: Final = ("{}handlandmarks", "{}hand")
_FACE: Final = ("facelandmarks", "face")
_FACE_COUNTS: Final = (len(MESH), MESH_POINTS)
"""Landmarks of a face mesh with irises and without."""
_NOSE_TIP: Final = 1  # of the mesh
_FACE_NEAR: Final = 0.5
"""Lengths of the torso by which a face's nose and the body's differ at most."""
_SHOULDERS: Final = (BLAZEPOSE_33.index("left_shoulder"), BLAZEPOSE_33.index("right_shoulder"))
_HIPS: Final = (BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip"))
_FRAME: Final = ("frame", "frameindex", "frameid", "framenumber", "frameno", "index")
_TIME_MS: Final = ("timestampms", "timestamp", "timems")
_TIME_S: Final = ("times", "time", "timestamps", "timesec", "seconds")
_LISTS: Final = ("frames", "results", "data", "landmarks", "poses", "sequence")
_N: Final = len(BLAZEPOSE_33)
_PALM_M: Final = 0.085
"""From the wrist to the knuckles on the mean, metres of an adult."""


def frames_in(values: Value) -> list[Value]:
    """The frames of one file; a file of one frame is one."""
    if isinstance(values, dict):
        given = _plain(cast(Values, values))
        for name in _LISTS:
            inner = given.get(name)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                if name != "landmarks" or "x" not in inner[0]:
                    return cast("list[Value]", inner)
        return [values]
    return cast("list[Value]", values) if isinstance(values, list) else []


def matches(frames: list[Value]) -> bool:
    """Whether any of ``frames`` holds the 33 landmarks of a body."""
    for frame in frames:
        if not isinstance(frame, dict):
            return False
        try:
            if _people(_plain(cast(Values, frame)), _BODY, _N):
                return True
        except (Damaged, ValueError, TypeError):
            return False
    return False


def read(frames: list[Value], numbers: list[int], top: Value = None) -> KeypointMotion:
    """Everybody in ``frames``; ``top`` is the document they come from. Raises Damaged."""
    facts = _plain(cast(Values, top)) if isinstance(top, dict) else {}
    plain: list[Values] = []
    times: list[tuple[int, float]] = []
    positions: list[int] = []
    size_px = size_in(cast(Values, top)) if isinstance(top, dict) else None
    for number, frame in zip(numbers, frames, strict=True):
        if not isinstance(frame, dict):
            raise Damaged("a frame of it is no dictionary")
        values = _plain(cast(Values, frame))
        size_px = size_px or size_in(cast(Values, frame))
        position = whole_number(_first(values, _FRAME), number)
        seconds = _seconds(values)
        if seconds is not None:
            times.append((position, seconds))
        positions.append(position)
        plain.append(values)
    hands = [_hands_in(values) for values in plain]
    is_scored = any(one[:, 3].any() for both in hands for side in both for one in side)
    found = zip(positions, plain, hands, strict=True)
    seen = [one for at, values, both in found for one in _in_frame(at, values, both, is_scored)]
    fps = facts.get("fps", facts.get("framerate"))
    told = float(fps) if isinstance(fps, int | float) else None
    if told is None or not FRAME_RATES[0] <= told <= FRAME_RATES[1]:
        told = _rate(times) or told
    return gathered("MediaPipe", seen, size_px, told)


def _hands_in(values: Values) -> list[list[F64]]:
    return [_people(values, [name.format(side) for name in _HAND], POINTS) for side in SIDES]


def _in_frame(
    position: int, values: Values, hands: list[list[F64]], is_scored: bool
) -> list[Sighting]:
    """Everybody in a frame with their ``hands``, of both sides.

    With ``is_scored`` the file tells visibilities of hands and faces.
    """
    bodies, worlds = _people(values, _BODY, _N), _people(values, _WORLD, _N)
    faces = [one for count in _FACE_COUNTS for one in _people(values, _FACE, count)]
    out: list[Sighting] = []
    for k, body in enumerate(bodies):
        parts, names = [body], BLAZEPOSE_33
        # Hands of the Tasks are people's in their order; a frame of one body has two at most.
        for side, found in zip(SIDES, hands, strict=True):
            if k < len(found):
                parts.append(found[k])
                names = (*names, *hand_names(side))
        depth = [np.zeros((0, 3)), *(_in_metres(one) for one in parts[1:])]
        face = _face_of(body, faces)
        if face is not None:
            parts.append(face)
            depth.append(np.zeros((len(face), 3)))
            names = (*names, *MESH[: len(face)])
        closeups = parts[1:] if is_scored else map(_scored, parts[1:])
        every = np.concatenate([parts[0], *closeups])
        xyz = np.zeros((len(every), 3))
        if k < len(worlds):
            xyz[:_N] = worlds[k][:, :3]
        xyz[_N:] = np.concatenate(depth)
        has_3d = bool(np.isfinite(xyz).all() and xyz.any())
        out.append(
            Sighting(
                position, names, every[:, :2], every[:, 3], xyz_m=xyz if has_3d else None
            )
        )  # fmt: skip
    return out


def _scored(part: F64) -> F64:
    """The landmarks (n, 4) of a hand or a face: MediaPipe's own leave their visibility at 0."""
    return part + np.array([0.0, 0.0, 0.0, 1.0])


def _face_of(body: F64, faces: list[F64]) -> F64 | None:
    """The face whose tip of the nose lies nearest to that of ``body``, None where all are far."""
    torso = float(
        np.linalg.norm(body[list(_SHOULDERS), :2].mean(0) - body[list(_HIPS), :2].mean(0))
    )
    away = [float(np.linalg.norm(one[_NOSE_TIP, :2] - body[0, :2])) for one in faces]
    k = int(np.argmin(away)) if away else 0
    return faces[k] if away and away[k] < _FACE_NEAR * torso else None


def _in_metres(hand: F64) -> F64:
    """A hand's landmarks (21, 3), whose depth is in the picture's unit, as metres about its
    middle."""
    xyz = hand[:, :3] - hand[:, :3].mean(0)
    palm = float(np.linalg.norm(xyz[list(KNUCKLES)] - xyz[0], axis=-1).mean())
    return xyz * (_PALM_M / palm) if palm > 0 else xyz * 0.0


def _people(values: Values, names: Sequence[str], count: int) -> list[F64]:
    """Everybody's landmarks (count, 4): x, y, z and score, under the first name that has any."""
    for name in names:
        found = values.get(name)
        if isinstance(found, dict):
            found = cast(Values, found).get("landmark")
        if not isinstance(found, list) or not found:
            continue
        entries = cast("list[Value]", found)
        if len(entries) == count and not _is_person(entries[0], count):
            return [_landmarks(entries)]
        people = [one for one in map(_entries, entries) if one is not None and len(one) == count]
        if people:
            return [_landmarks(one) for one in people]
    return []


def _entries(one: Value) -> list[Value] | None:
    if isinstance(one, dict):
        one = cast(Values, one).get("landmark")
    return cast("list[Value]", one) if isinstance(one, list) else None


def _is_person(one: Value, count: int) -> bool:
    entries = _entries(one)
    return entries is not None and len(entries) == count


def _landmarks(entries: list[Value]) -> F64:
    rows: list[list[float]] = []
    for one in entries:
        if isinstance(one, dict):
            at = cast(Values, one)
            seen = at.get("visibility", at.get("presence", at.get("score")))
            row = [at["x"], at["y"], at.get("z", 0.0), 1.0 if seen is None else seen]
        elif isinstance(one, list) and 2 <= len(cast("list[Value]", one)) <= 5:
            given = cast("list[Value]", one)
            row = [*given[:2], given[2] if len(given) > 2 else 0.0,
                   given[3] if len(given) > 3 else 1.0]  # fmt: skip
        else:
            raise Damaged("a landmark of it has no x and y")
        rows.append([np.nan if value is None else float(value) for value in row])
    return np.array(rows, np.float64)


def _plain(values: Values) -> dict[str, Value]:
    """Keys in lower case without marks: pose_landmarks and poseLandmarks are the same."""
    return {
        "".join(c for c in key.lower() if c.isalnum()): value
        for key, value in values.items()
        if isinstance(key, str)
    }


def _first(values: Values, names: Sequence[str]) -> Value:
    return next((values[name] for name in names if name in values), None)


def _seconds(values: Values) -> float | None:
    for names, unit in ((_TIME_S, 1.0), (_TIME_MS, 1e-3)):
        told = _first(values, names)
        if isinstance(told, int | float) and not isinstance(told, bool):
            return float(told) * unit
    return None


def _rate(times: list[tuple[int, float]]) -> float | None:
    if len(times) < 2:
        return None
    frames, seconds = (np.array(column) for column in zip(*sorted(times), strict=True))
    steps = np.diff(seconds) / np.maximum(np.diff(frames), 1)
    step = float(np.median(steps))
    return 1 / step if 1e-3 < step < 10 else None
