"""Keypoints as COCO counts them: results, annotations, COCO-WholeBody's, AlphaPose's results.

A list of people with ``image_id`` and ``keypoints``, or that list under ``annotations`` beside
``images``. AlphaPose names people by ``idx``, trackers by ``track_id``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final, cast

import numpy as np

from ...data.arrays import F64
from ...data.hand_points import hand_names
from ...data.reading.files import Damaged
from ...decoding.schemes import WHOLE_BODY
from ..values import Value, Values, as_mapping, first_of
from .names import FACE, names_of
from .sightings import (
    MOST_SIGHTINGS,
    NOBODY,
    KeypointMotion,
    Sighting,
    gathered,
    size_in,
    triplets,
    whole_number,
)

_PARTS: Final = (
    ("foot_kpts", WHOLE_BODY.names[17:23]),
    ("face_kpts", FACE),
    ("lefthand_kpts", hand_names("left")),
    ("righthand_kpts", hand_names("right")),
)
_WHO: Final = ("track_id", "idx", "person_id", "tracking_id")
_VISIBILITY: Final = np.array([0.0, 0.3, 0.9])
"""Scores that stand for COCO's 0 not there, 1 hidden, 2 visible."""


def matches(values: Value) -> bool:
    """Whether ``values`` are such a list or document."""
    people = _people_in(values)
    first = people[0] if people else None
    return isinstance(first, dict) and "image_id" in first and "keypoints" in first


def read(values: Value) -> KeypointMotion:
    """Everybody in the file. Raises Damaged."""
    people = [as_mapping(one, "a person in it") for one in _people_in(values)]
    if len(people) > MOST_SIGHTINGS:
        raise Damaged(f"it has more than {MOST_SIGHTINGS} people and frames")
    document: Values = cast(Values, values) if isinstance(values, dict) else {}
    images = [as_mapping(one, "an image of it") for one in _listed(document, "images")]
    frame_of = _frames_by_image(images, [one.get("image_id") for one in people])
    own = _named_keypoints(document)
    seen: list[Sighting] = []
    for person in people:
        names, xy, score = _keypoints(person, own)
        seen.append(
            Sighting(
                frame=frame_of[_key(person.get("image_id"))],
                names=names,
                xy=xy,
                score=score,
                who=whole_number(first_of(person, _WHO), NOBODY),
            )
        )
    size_px = next((size for size in map(size_in, images) if size), None)
    seen = _with_visibility(seen)
    return gathered("COCO keypoints", seen, size_px, _rate(images, frame_of))


def _people_in(values: Value) -> list[Value]:
    if isinstance(values, dict):
        return _listed(cast(Values, values), "annotations")
    return cast("list[Value]", values) if isinstance(values, list) else []


def _listed(values: Values, name: str) -> list[Value]:
    found = values.get(name)
    return cast("list[Value]", found) if isinstance(found, list) else []


def _named_keypoints(document: Values) -> tuple[str, ...] | None:
    """Keypoints as the file's one category names them, None without."""
    categories = _listed(document, "categories")
    first = categories[0] if categories else None
    names = cast(Values, first).get("keypoints") if isinstance(first, dict) else None
    if not isinstance(names, list) or not all(
        isinstance(one, str) for one in cast(list[Any], names)
    ):
        return None
    return tuple(re.sub(r"[^a-z0-9]+", "_", one.lower()) for one in cast("list[str]", names))


def _keypoints(person: Values, own: tuple[str, ...] | None) -> tuple[tuple[str, ...], F64, F64]:
    xy, score = triplets(person.get("keypoints"), "a person's keypoints")
    names = own if own is not None and len(own) == len(xy) else names_of(len(xy))
    parts = [(names, xy, score)]
    for key, part in _PARTS:
        given = person.get(key)
        if isinstance(given, list) and given:
            xy, score = triplets(given, "a part's keypoints")
            if len(xy) != len(part):
                raise Damaged(f"{key} has {len(xy)} keypoints, not {len(part)}")
            parts.append((part, xy, score))
    return (
        tuple(name for names, _, _ in parts for name in names),
        np.concatenate([xy for _, xy, _ in parts]),
        np.concatenate([score for _, _, score in parts]),
    )


def _with_visibility(seen: list[Sighting]) -> list[Sighting]:
    """Annotations mark keypoints by 0, 1 and 2 where results tell scores."""
    every = np.concatenate([one.score for one in seen]) if seen else np.zeros(0)
    finite = every[np.isfinite(every)]
    if not len(finite) or finite.max() != 2 or not np.isin(finite, [0, 1, 2]).all():
        return seen
    return [
        Sighting(
            one.frame,
            one.names,
            one.xy,
            _VISIBILITY[np.nan_to_num(one.score, posinf=0, neginf=0).astype(int)],
            one.who,
        )
        for one in seen
    ]


def _key(image: Value) -> str:
    return str(image)


def _frames_by_image(images: Sequence[Values], ids: Sequence[Value]) -> dict[str, int]:
    """Frames by image: their numbers in names or ids if they all have one, else their order."""
    given = {_key(one.get("id")): one for one in images}
    keys = list(given) or list(dict.fromkeys(_key(one) for one in ids))
    if missing := {_key(one) for one in ids} - set(keys):
        raise Damaged(f"there is no image {min(missing)} in it")
    names = [str(given[key].get("file_name", key)) if given else key for key in keys]
    for numbers in ([_last_number(name) for name in names], [_last_number(key) for key in keys]):
        told = [one for one in numbers if one is not None]
        if len(told) == len(keys) == len(set(told)):
            return dict(zip(keys, told, strict=True))
    return {key: k for k, key in enumerate(sorted(keys))}


def _last_number(name: str) -> int | None:
    """The number that a file's name ends with."""
    found = re.search(r"(\d{1,9})\D*$", PurePosixPath(name).stem or name)
    return None if found is None else int(found.group(1))


def _rate(images: Sequence[Values], frame_of: dict[str, int]) -> float | None:
    """Frames a second by the times that Limn writes beside images."""
    pairs = sorted(
        (frame_of[_key(one.get("id"))], one.get("time_s"))
        for one in images
        if isinstance(one.get("time_s"), int | float)
    )
    if len(pairs) < 2:
        return None
    frames, times = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    steps = np.diff(times) / np.maximum(np.diff(frames), 1)
    step = float(np.median(steps))
    return 1 / step if 1e-3 < step < 10 else None
