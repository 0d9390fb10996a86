"""What tools call the points of a body, as the solver's names, of hands and of a face.

Spellings seen: BlazePose and COCO ("left_big_toe"), OpenPose and Halpe ("LBigToe"), OpenSim's and
Pose2Sim's markers ("RAnkle"), FreeMoCap ("left_foot_index", "body_left_foot_index",
"left_hand_thumb_cmc", "left_hand_0001", "face_0013"; freemocap/freemocap, split_and_save.py and
convert_mediapipe_npy_to_csv.py), Pose2Sim's hands and faces ("RIndex", "RIndex2", "Mouth13";
perfanalytics/pose2sim, skeletons.py, COCO_133), SMPL-X joints, "Left Knee", "knee_l".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ...data import solver_points as points
from ...data.hand_points import hand_names
from ..keypoints.names import FACE, MESH

_SIDES: Final = {"l": "left", "left": "left", "r": "right", "right": "right"}
_PARTS: Final = {
    "shoulder": "shoulder", "elbow": "elbow", "wrist": "wrist", "hip": "hip", "knee": "knee",
    "ankle": "ankle", "heel": "heel", "ear": "ear", "foot_index": "foot_index",
    "bigtoe": "foot_index", "big_toe": "foot_index", "big_toe_tip": "foot_index",
    "toe": "foot_index", "toes": "foot_index", "foot": "foot_index", "toebase": "foot_index",
    "upperarm": "shoulder", "forearm": "elbow", "hand": "wrist", "thigh": "hip", "calf": "knee",
    "upleg": "hip", "leg": "knee",
}  # fmt: skip
"""A part of a side; of several spellings in one file the first in this order counts."""
_PART: Final = re.compile(r"(left_hand|right_hand|face)_([a-z_]{1,20}|[0-9]{1,4})")
MEDIAPIPE_HAND: Final = (
    "wrist",
    *(f"thumb_{joint}" for joint in ("cmc", "mcp", "ip", "tip")),
    *(
        f"{finger}_{joint}"
        for finger in ("index_finger", "middle_finger", "ring_finger", "pinky")
        for joint in ("mcp", "pip", "dip", "tip")
    ),
)
"""MediaPipe's names of a hand's landmarks, in its order."""
_POSE2SIM_HAND: Final = re.compile(r"([LR])(Thumb|Index|Middle|Ring|Pinky)([1-4]?)")
_POSE2SIM_FACE: Final = re.compile(r"(Jaw|EyebrowR|EyebrowL|Nose|REye|LEye|Mouth)([1-9]|1[0-9]|20)")
_FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Pinky")
_FACE_FROM: Final = {
    "Jaw": 0, "EyebrowR": 17, "EyebrowL": 22, "Nose": 27, "REye": 36, "LEye": 42, "Mouth": 48
}  # fmt: skip
"""Where the parts of a face begin among iBUG's landmarks."""
_GROUP: Final = "body"
"""FreeMoCap's word before the names of points that are neither a hand's nor the face's."""
_MIDDLE: Final = {"nose": "nose", "neck": "neck", "head": "head"}
HELPERS: Final = ("neck", "head")
"""Points beside the solver's from which a head is put in place."""


def solver_columns(names: Sequence[str]) -> dict[str, int]:
    """The column of each of the solver's points and ``HELPERS`` that ``names`` hold."""
    order = {part: rank for rank, part in enumerate(_PARTS)}
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        side, part = _side_and_part(name)
        if side is None and part in _MIDDLE:
            best.setdefault(_MIDDLE[part], (0, column))
        elif side is not None and part in _PARTS:
            target = f"{side}_{_PARTS[part]}"
            found = (order[part], column)
            best[target] = min(best.get(target, found), found)
    known = (*points.POINTS, *HELPERS)
    return {name: column for name, (_, column) in best.items() if name in known}


def usual_name(name: str) -> str:
    """What Limn calls a point of MediaPipe's hands or face mesh that FreeMoCap's name is; any
    other name is left as it is."""
    found = _PART.fullmatch(name.strip().lower())
    if found is None:
        return name
    part, rest = found.groups()
    names = MESH if part == "face" else hand_names(part.removesuffix("_hand"))
    if rest in MEDIAPIPE_HAND and part != "face":
        return names[MEDIAPIPE_HAND.index(rest)]
    return names[int(rest)] if rest.isdecimal() and int(rest) < len(names) else name


def usual_names(names: Sequence[str]) -> tuple[str, ...]:
    """Limn's names of all points of somebody, as ``usual_name`` and, where whole hands are told,
    of Pose2Sim's; without those "RIndex" and "RThumb" are a body's own."""
    has_hands = any(f"{side}Index4" in names for side in "LR")
    return tuple(usual_name(_of_pose2sim(name) if has_hands else name) for name in names)


def _of_pose2sim(name: str) -> str:
    found = _POSE2SIM_HAND.fullmatch(name)
    if found is not None:
        side, finger, number = found.groups()
        # The thumb's second joint and the knuckles are called without a number.
        place = int(number or (2 if finger == "Thumb" else 1))
        return hand_names(_SIDES[side.lower()])[4 * _FINGERS.index(finger) + place]
    if name in ("LWrist", "RWrist"):  # the root of a hand, if it has none of its own
        return f"{_SIDES[name[0].lower()]}_wrist"
    found = _POSE2SIM_FACE.fullmatch(name)
    return name if found is None else FACE[_FACE_FROM[found[1]] + int(found[2]) - 1]


def subject_of(name: str) -> tuple[str, str]:
    """A label's subject and marker: "Ann:left_knee", as motion capture systems write them."""
    subject, _, marker = name.rpartition(":")
    return subject, marker


def _side_and_part(name: str) -> tuple[str | None, str]:
    # RAnkle, LBigToe, leftKnee, Left Knee and left-knee: words apart by capitals and marks.
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    words = [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
    if len(words) > 1 and words[0] == _GROUP:
        words = words[1:]
    for at in (0, -1):
        if len(words) > 1 and words[at] in _SIDES:
            rest = words[1:] if at == 0 else words[:-1]
            return _SIDES[words[at]], "_".join(rest)
    return None, "_".join(words)
