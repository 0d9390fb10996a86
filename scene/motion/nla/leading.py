"""What actions and the NLA make an armature do at which frames, read from curves in bulk.

Blender evaluates animation hundreds of times as slowly. What only Blender can tell, as strips of
strips, transitions between them, the blending called Combine and muted groups, isn't told here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import bpy
import numpy as np

from ....core.data.arrays import F64, check_fields, of_shape
from ...curves import Curves, curves_of, curves_of_strip, has_muted_group, heard
from ..keys import Channels, ReadChannel, values_at
from .strips import BLENDS, Piece, is_readable, pieces_of_track


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Channels that move an armature, to be read at ``frames`` (t,) of the scene."""

    curves: Channels
    frames: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class MixedChannel(ReadChannel):
    """A channel that several pieces move, the lowest first, over what it is ``otherwise``."""

    channel: tuple[str, int]
    pieces: Sequence[Piece]
    count: int
    otherwise: float

    def values(self) -> F64:
        """Its values at all frames (t,)."""
        out = np.full(self.count, self.otherwise)
        for piece in self._from_covering():
            theirs = values_at(piece.curves[self.channel], piece.frames)
            out[piece.rows] = _blended(piece.blend, out[piece.rows], theirs, piece.influence)
        return out

    def _from_covering(self) -> Sequence[Piece]:
        """The pieces from the uppermost that covers all others."""
        mine = [piece for piece in self.pieces if self.channel in piece.curves]
        for k in reversed(range(len(mine))):
            is_full = len(mine[k].rows) == self.count and (mine[k].influence == 1).all()
            if is_full and mine[k].blend == "REPLACE":
                return mine[k:]
        return mine


def played_curves(owner: bpy.types.Object, frames: F64) -> Played | None:
    """What moves ``owner`` at ``frames`` (t,), None where curves don't tell it."""
    animation = owner.animation_data
    if animation is None or animation.use_tweak_mode:
        return None
    tracks = list(animation.nla_tracks) if animation.use_nla else []
    is_alone = any(track.is_solo for track in tracks)
    tracks = [t for t in tracks if len(t.strips) and (t.is_solo if is_alone else not t.mute)]
    action = heard(curves_of(owner)) if animation.action is not None and not is_alone else None
    if action is not None and has_muted_group(action):
        return None
    if not tracks:
        return Played(action, frames) if action is not None else None
    if not all(is_readable(strip) for track in tracks for strip in track.strips):
        return None
    pieces = [piece for track in tracks for piece in pieces_of_track(track, frames)]
    channels = {
        c for track in tracks for strip in track.strips for c in heard(curves_of_strip(strip))
    }
    if action is not None:
        if animation.action_blend_type not in BLENDS:
            return None
        channels |= action.keys()
        pieces += _action_piece(animation, action, frames)
    mixed = {
        channel: MixedChannel(channel, pieces, len(frames), _default(owner, channel))
        for channel in sorted(channels)
    }
    return Played(mixed, frames)


def _action_piece(animation: bpy.types.AnimData, curves: Curves, frames: F64) -> tuple[Piece, ...]:
    """The action, which plays above all tracks."""
    rows = np.arange(len(frames), dtype=np.int32)
    if animation.action_extrapolation == "NOTHING":
        first, last = animation.action.frame_range
        rows = rows[(frames >= first) & (frames <= last)]
    influence = np.full(len(rows), float(animation.action_influence))
    if not len(rows) or animation.action_influence <= 0:
        return ()
    return (Piece(curves, animation.action_blend_type, rows, frames[rows], influence),)


def _blended(blend: str, below: F64, theirs: F64, influence: F64) -> F64:
    """Blender's ``nla_blend_value``, (k,) each."""
    if blend == "ADD":
        return below + influence * theirs
    if blend == "SUBTRACT":
        return below - influence * theirs
    mixed = below * theirs if blend == "MULTIPLY" else theirs
    return (1 - influence) * below + influence * mixed


def _default(owner: bpy.types.Object, channel: tuple[str, int]) -> float:
    """What Blender takes a channel for where no strip plays: a property's own default."""
    path, index = channel
    if path.endswith("rotation_quaternion"):
        return float(index == 0)
    if path.endswith("rotation_axis_angle"):
        return float(index == 2)
    if path.endswith('"]'):
        return _custom_default(owner, path)
    return float(path.endswith(("scale", "influence")))


def _custom_default(owner: bpy.types.Object, path: str) -> float:
    holder, _, name = path.rpartition("[")
    try:
        of: bpy.types.bpy_struct = owner.path_resolve(holder) if holder else owner
        told: Mapping[str, object] = of.id_properties_ui(name[1:-2]).as_dict()
    except (ValueError, KeyError, TypeError):
        return 0.0  # gone, or never shown in the interface
    default = told.get("default", 0.0)
    return float(default) if isinstance(default, (int, float)) else 0.0
