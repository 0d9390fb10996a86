"""Which curves lead an armature at which frames: its action's, or those of strips in the NLA.

Blender evaluates animation hundreds of times as slowly as its curves are read in bulk. Where tracks
are mixed, or strips changed on the way, only Blender can tell, and nothing is said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F64, I32, check_fields, of_shape
from ..curves import Curves, curves_of, curves_of_strip

_NEAR: Final = 1e-4
"""Frames: ends of strips are single precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Curves that lead in ``rows`` (k,) of a list of frames, where they are at ``frames`` (k,)."""

    curves: Curves
    rows: I32 = field(metadata=of_shape("k"))
    frames: F64 = field(metadata=of_shape("k"))

    def __post_init__(self) -> None:
        check_fields(self)


def played_curves(owner: bpy.types.Object, frames: F64) -> tuple[Played, ...] | None:
    """What leads ``owner`` at ``frames`` (t,), None where curves alone don't tell it."""
    animation = owner.animation_data
    if animation is None or animation.use_tweak_mode:
        return None
    tracks = list(animation.nla_tracks) if animation.use_nla else []
    if any(track.is_solo for track in tracks):
        return None
    tracks = [track for track in tracks if len(track.strips) and not track.mute]
    if animation.action is not None:
        led = _by_action(animation, curves_of(owner), bool(tracks), frames)
    else:
        led = _by_track(tracks[-1], frames) if tracks else None
    if led is None:
        return None
    below = [curves_of_strip(strip) for track in tracks for strip in track.strips]
    moved = {channel for curves in below for channel in curves}
    # What a lower track moves and the leading one doesn't would show through.
    return led if all(moved <= one.curves.keys() for one in led) else None


def _by_action(
    animation: bpy.types.AnimData, curves: Curves, has_tracks: bool, frames: F64
) -> tuple[Played, ...] | None:
    if animation.action_influence < 1 or animation.action_blend_type != "REPLACE":
        return None
    if has_tracks and animation.action_extrapolation != "HOLD":
        return None
    return (Played(curves, np.arange(len(frames), dtype=np.int32), frames),)


def _by_track(track: bpy.types.NlaTrack, frames: F64) -> tuple[Played, ...] | None:
    """The uppermost track, where its strips follow each other over all frames."""
    strips = list(track.strips)
    if not all(_is_plain(strip) for strip in strips) or not _follow(strips, frames):
        return None
    out: list[Played] = []
    free = np.ones(len(frames), np.bool_)
    for strip in strips:
        inside = frames <= strip.frame_end + _NEAR
        rows = np.flatnonzero(free & inside).astype(np.int32)
        free &= ~inside
        if len(rows):
            out.append(Played(curves_of_strip(strip), rows, _own_frames(strip, frames[rows])))
    return tuple(out)


def _follow(strips: Sequence[bpy.types.NlaStrip], frames: F64) -> bool:
    """Whether ``frames`` lie within strips, none of them in a hole between two."""
    starts, ends = strips[0].frame_start - _NEAR, strips[-1].frame_end + _NEAR
    if len(frames) and (frames.min() < starts or frames.max() > ends):
        return False
    return not any(
        ((frames > a.frame_end + _NEAR) & (frames < b.frame_start - _NEAR)).any()
        for a, b in pairwise(strips)
    )


def _is_plain(strip: bpy.types.NlaStrip) -> bool:
    """Whether a strip plays its action as it is, but for when."""
    return (
        strip.type == "CLIP"
        and strip.action is not None
        and not strip.mute
        and strip.blend_type == "REPLACE"
        and not strip.use_animated_influence  # else it comes of the blends only
        and not strip.use_animated_time
        and not strip.use_reverse
        and not strip.blend_in
        and not strip.blend_out
        and not strip.use_auto_blend
        and not len(strip.modifiers)
        and strip.scale > 0
        and strip.action_frame_end > strip.action_frame_start
    )


def _own_frames(strip: bpy.types.NlaStrip, frames: F64) -> F64:
    """Frames of the scene (k,) as those of the strip's action."""
    length = strip.action_frame_end - strip.action_frame_start
    past = (frames - strip.frame_start) / strip.scale
    if strip.repeat != 1:
        # Whole repeats end on the action's last frame, not on its first once more.
        is_end = np.abs(frames - strip.frame_end) < _NEAR
        is_whole = abs(strip.repeat - round(strip.repeat)) < _NEAR
        past = np.where(is_end & is_whole, length, np.mod(past, length))
    return strip.action_frame_start + past
