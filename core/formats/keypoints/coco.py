"""2D keypoints as a COCO keypoint file: images, annotations, one category with 17 keypoints.

Pixels are counted as COCO does, (0, 0) being the first pixel itself. A keypoint that no network
saw has visibility 0, one that it doubted 1. Where hands or faces were looked at, annotations have
the fields of COCO-WholeBody too (Jin et al., 2020), its small toes with visibility 0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...data.arrays import Floats
from ...data.faces.ibug import FACE_68
from ...data.hand_points import SIDES, hand_names
from ...data.skeletons import COCO_17
from ...data.types import Person, Take
from ...data.writing import write_text
from ..asked import Asked

_SEEN, _DOUBTED = 0.5, 0.05  # scores of COCO's visibility 2 and 1; by hand
SKELETON: Final = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9),
    (8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip
"""COCO's own lines between keypoints, counted from 1."""


def export_coco(asked: Asked) -> list[Path]:
    """Write everybody's keypoints. Raises OutputError."""
    people = [person for _, person in asked.people]
    save_coco(asked.take, people, asked.path, asked.frames)
    return [asked.path]


def save_coco(
    take: Take, people: Sequence[Person], path: str | Path, frames: Sequence[int] | None = None
) -> None:
    """Write the keypoints of ``people`` over ``frames`` (all, if None). Raises OutputError."""
    chosen = range(len(take.time_s)) if frames is None else sorted(frames)
    width, height = take.clip.size_px
    images = [
        {
            "id": int(take.source_frame[frame]),
            "file_name": f"{int(take.source_frame[frame]):06d}.jpg",
            "width": int(width),
            "height": int(height),
            "time_s": round(float(take.time_s[frame]), 6),
        }
        for frame in chosen
    ]
    annotations: list[dict[str, Any]] = []
    for number, person in enumerate(people, start=1):
        pick = person.xy_skeleton.select(COCO_17)
        xy_px, score = pick.of(person.xy_px), pick.scores(person.xy_score)
        for row in np.flatnonzero(np.isin(person.frames, list(chosen))):
            entry = _annotation(xy_px[row], score[row])
            if entry is not None:
                entry |= _whole_body(person, int(row))
                image = int(take.source_frame[person.frames[row]])
                identity = {"id": len(annotations) + 1, "image_id": image, "category_id": 1}
                annotations.append({**identity, "track_id": number, **entry})
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": COCO_17}
    document = {
        "info": {"description": take.clip.path, "people": [person.name for person in people]},
        "images": images,
        "annotations": annotations,
        "categories": [{**category, "skeleton": SKELETON}],
    }
    write_text(path, json.dumps(document, ensure_ascii=False) + "\n")


def _annotation(xy: Floats, sure: Floats) -> dict[str, Any] | None:
    visibility = np.where(sure >= _SEEN, 2, np.where(sure >= _DOUBTED, 1, 0))
    marked = visibility > 0
    if not marked.any():
        return None
    low, high = xy[marked].min(0).astype(float), xy[marked].max(0).astype(float)
    size = high - low
    points = np.where(marked[:, None], xy, 0)
    keypoints = [
        value
        for (x, y), v in zip(points.tolist(), visibility.tolist(), strict=True)
        for value in (round(x, 3), round(y, 3), v)
    ]
    return {
        "keypoints": keypoints,
        "num_keypoints": int(marked.sum()),
        "bbox": [round(float(value), 3) for value in (*low, *size)],
        "area": round(float(size[0] * size[1]), 3),
        "iscrowd": 0,
        "score": round(float(sure[marked].mean()), 4),
    }


_FEET: Final = ("foot_index", None, "heel")
"""What stands for big toe, small toe and heel."""


def _whole_body(person: Person, row: int) -> dict[str, Any]:
    """COCO-WholeBody's further fields of a person in one frame; none where nobody saw hands
    or a face."""
    hands = {f"{side}hand": person.xy_skeleton.select(hand_names(side)) for side in SIDES}
    face = person.xy_skeleton.select(FACE_68.names)
    if not face.known.all() and not all(pick.known.all() for pick in hands.values()):
        return {}
    xy, score = person.xy_px[row], person.xy_score[row]
    out: dict[str, Any] = {}
    for name, pick in {**hands, "face": face}.items():
        out[f"{name}_kpts"] = _flat(pick.of(xy), pick.scores(score))
    feet = [
        None if part is None else person.xy_skeleton.select([f"{side}_{part}"])
        for side in SIDES
        for part in _FEET
    ]
    out["foot_kpts"] = [
        value
        for pick in feet
        for value in ([0, 0, 0] if pick is None else _flat(pick.of(xy), pick.scores(score)))
    ]
    for name in (*hands, "face", "foot"):
        out[f"{name}_valid"] = any(out[f"{name}_kpts"][2::3])
    return out


def _flat(xy: Floats, sure: Floats) -> list[float]:
    """x, y and visibility of keypoints (n, 2), one after the other."""
    out: list[float] = []
    for (x, y), s in zip(xy.tolist(), sure.tolist(), strict=True):
        v = 2 if s >= _SEEN else 1 if s >= _DOUBTED else 0
        out += [round(x, 3), round(y, 3), v] if v else [0, 0, 0]
    return out
