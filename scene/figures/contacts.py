"""Foot contacts that an artist set by hand, read back from the armatures' animated properties."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F32, F64, Bools, Floats
from ...core.data.skeletons import CONTACT_POINTS, SMPLX_55
from ..curves import find_curve, read_keys
from .animation import contact_property
from .record import Record, read_record

EDITS_KEY: Final = "limn_contact_edits"
"""Custom property of an armature: edits that were solved already, as JSON."""
_CHANGED: Final = 0.01
"""Smaller differences come from single precision between keys."""
_SAME_FRAME: Final = 0.01

Edits = dict[int, list[float]]
"""Values of CONTACT_POINTS by position in ``Take.time_s``."""


def contact_edits(owner: bpy.types.Object) -> Edits:
    """What somebody changed of the contacts of ``owner``, before earlier solves and since.

    Contacts are looked at wherever the person has a pose. Empty when nothing was changed.
    """
    record = read_record(owner)
    if record is None:
        return {}
    now = _contacts_now(owner, record)
    changed = (np.abs(now - record.contact) > _CHANGED).any(1) & _is_posed(
        owner, record.scene_frames
    )
    edited = np.flatnonzero(changed)
    there = set(record.positions.tolist())
    edits = {at: row for at, row in _earlier(owner).items() if at in there}
    for i in edited:
        edits[int(record.positions[i])] = [round(float(v), 4) for v in now[i]]
    return edits


def keep_edits(owner: bpy.types.Object, edits: Edits) -> None:
    """Remember ``edits`` on ``owner``, whose take was solved with them."""
    if edits:
        owner[EDITS_KEY] = json.dumps({str(at): row for at, row in sorted(edits.items())})
    elif EDITS_KEY in owner:
        del owner[EDITS_KEY]


def edits_as_json(edits_of_people: dict[int, Edits]) -> str:
    """Word edits by person as ``core.pipeline.solve_again.read_contact_edits`` wants them."""
    return json.dumps(
        {
            "contacts": {
                str(person): {str(at): row for at, row in sorted(edits.items())}
                for person, edits in edits_of_people.items()
                if edits
            }
        }
    )


def edits_by_person(figures: Sequence[bpy.types.Object]) -> dict[int, Edits]:
    """Edits of all those ``figures`` that have any, by the person's index in the take."""
    found: dict[int, Edits] = {}
    for owner in figures:
        record, edits = read_record(owner), contact_edits(owner)
        if record is not None and edits:
            found[record.person] = edits
    return found


def _earlier(owner: bpy.types.Object) -> Edits:
    stored = owner.get(EDITS_KEY, "")
    if not isinstance(stored, str) or not stored:
        return {}
    return {int(at): [float(v) for v in row] for at, row in json.loads(stored).items()}


def _contacts_now(owner: bpy.types.Object, record: Record) -> F32:
    now = record.contact.copy()
    for column, point in enumerate(CONTACT_POINTS):
        key = contact_property(point)
        curve = find_curve(owner, f'["{key}"]')
        if curve is not None:
            now[:, column] = _values_at(curve, record.scene_frames)
        elif key in owner:  # without keys the property holds for the whole clip
            now[:, column] = float(owner[key])
    return np.clip(now, 0.0, 1.0)


def _is_posed(owner: bpy.types.Object, frames: F64) -> Bools:
    """Which frames (t,) the action still moves: trimmed ones say nothing about contacts."""
    curve = find_curve(owner, owner.pose.bones[SMPLX_55[0]].path_from_id("location"))
    keys = np.empty(0, np.float32) if curve is None else read_keys(curve)[:, 0]
    if len(keys) < 2:
        return np.ones(len(frames), np.bool_)
    return (frames > keys[0] - _SAME_FRAME) & (frames < keys[-1] + _SAME_FRAME)


def _values_at(curve: bpy.types.FCurve, frames: F64) -> Floats:
    keys = read_keys(curve)
    if len(keys) == len(frames) and not len(curve.modifiers):
        if np.allclose(keys[:, 0], frames, rtol=0, atol=_SAME_FRAME):
            return keys[:, 1]  # the panel asks at every redraw, and evaluating is slow
    return np.array([curve.evaluate(frame) for frame in frames.tolist()])
