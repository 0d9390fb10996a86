"""When strips of the NLA play which of their actions' frames, and with what influence.

As Blender's ``anim_sys.cc`` has it: one strip a track plays at a time, also beyond its ends where
its extrapolation says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import bpy
import numpy as np

from ....core.data.arrays import F64, I32, Bools, check_fields, of_shape
from ...curves import Curves, curves_of_strip, find_strip_curve, heard
from ..keys import values_at

NEAR: Final = 1e-4
"""Frames: ends of strips are single precision."""
BLENDS: Final = ("REPLACE", "ADD", "SUBTRACT", "MULTIPLY")
"""Ways of blending that treat every number by itself; COMBINE does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Curves that play in ``rows`` (k,) of a list of frames, where they are at ``frames`` (k,), and
    cover what plays below by ``influence`` (k,), the way ``blend`` says."""

    curves: Curves
    blend: str
    rows: I32 = field(metadata=of_shape("k"))
    frames: F64 = field(metadata=of_shape("k"))
    influence: F64 = field(metadata=of_shape("k"))

    def __post_init__(self) -> None:
        check_fields(self)


def spans_of(animation: bpy.types.AnimData | None) -> list[tuple[float, float]]:
    """From which frame of the scene to which each strip of the tracks that aren't muted lies."""
    tracks = animation.nla_tracks if animation is not None and animation.use_nla else ()
    return [
        (strip.frame_start, strip.frame_end)
        for track in tracks
        if not track.mute
        for strip in track.strips
    ]


def is_readable(strip: bpy.types.NlaStrip) -> bool:
    """Whether ``pieces_of_track`` can tell what a strip plays."""
    return (
        strip.type == "CLIP"
        and strip.action is not None
        and strip.blend_type in BLENDS
        and not len(strip.modifiers)
        and strip.scale > 0
        and strip.action_frame_end > strip.action_frame_start
    )


def pieces_of_track(track: bpy.types.NlaTrack, frames: F64) -> Iterator[Piece]:
    """What a track plays at ``frames`` (t,) of the scene, strip by strip."""
    strips = list(track.strips)
    for number, strip in enumerate(strips):
        times, is_playing = _playing(strips, number, frames)
        if strip.mute:
            continue
        influence = _influence(strip, times)
        rows = np.flatnonzero(is_playing & (influence > 0)).astype(np.int32)
        if len(rows):
            own = _own_frames(strip, times[rows])
            curves = heard(curves_of_strip(strip))
            yield Piece(curves, strip.blend_type, rows, own, influence[rows])


def _playing(strips: Sequence[bpy.types.NlaStrip], number: int, frames: F64) -> tuple[F64, Bools]:
    """``frames`` (t,) held within a strip's ends, and at which of them (t,) it is its track's."""
    strip = strips[number]
    start, end = strip.frame_start, strip.frame_end
    holds_on, holds_back = strip.extrapolation != "NOTHING", strip.extrapolation == "HOLD"
    before, after = frames < start - NEAR, frames > end + NEAR
    is_playing = ~before & ~after
    if number:  # where two meet, the first of them plays
        is_playing &= frames > strips[number - 1].frame_end + NEAR
    elif holds_back:
        is_playing |= before
    if holds_on:
        is_next = number + 1 < len(strips)
        until = strips[number + 1].frame_start - NEAR if is_next else np.inf
        is_playing |= after & (frames < until)
    return np.clip(frames, start, end), is_playing


def _influence(strip: bpy.types.NlaStrip, times: F64) -> F64:
    if strip.use_animated_influence:
        curve = find_strip_curve(strip, "influence")
        plain = np.full(len(times), strip.influence)
        return np.clip(plain if curve is None else values_at(curve, times), 0.0, 1.0)
    out = np.ones(len(times))
    if strip.blend_out > 0:
        left = strip.frame_end - times
        out = np.where(left <= strip.blend_out, np.abs(left) / strip.blend_out, out)
    if strip.blend_in > 0:
        past = times - strip.frame_start
        out = np.where(past <= strip.blend_in, np.abs(past) / strip.blend_in, out)
    return out


def _own_frames(strip: bpy.types.NlaStrip, times: F64) -> F64:
    """Frames of the scene (k,) within a strip as those of its action."""
    first, last = strip.action_frame_start, strip.action_frame_end
    if strip.use_animated_time:
        curve = find_strip_curve(strip, "strip_time")
        own = np.full(len(times), strip.strip_time) if curve is None else values_at(curve, times)
        return np.fmod(own - first, last - first) if strip.use_animated_time_cyclic else own
    past = (times - strip.frame_start) / strip.scale
    if strip.repeat != 1:
        # Whole repeats end on the action's last frame, not on its first once more.
        is_end = np.abs(times - strip.frame_end) < NEAR
        is_whole = abs(strip.repeat - round(strip.repeat)) < NEAR
        past = np.where(is_end & is_whole, last - first, np.mod(past, last - first))
    return last - past if strip.use_reverse else first + past
