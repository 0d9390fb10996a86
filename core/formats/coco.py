"""2D keypoints as a COCO keypoint file: images, annotations, one category with 17 keypoints.

Pixels are counted as COCO does, (0, 0) being the first pixel itself. A keypoint that no network
saw has visibility 0, one that it doubted 1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..data.arrays import Floats
from ..data.skeletons import COCO_17
from ..data.types import Person, Take
from ..data.writing import write_text
from .asked import Asked

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
