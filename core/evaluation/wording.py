"""The figures of the quality report in plain words and units, for the panel and the shell alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "missing_share": ("Missing frames", "share"),
    "bridged_share": ("Guessed frames", "share"),
    "jitter_10m_s3": ("Shaking", "jerk"),
    "foot_slide_mm_per_frame": ("Feet slide", "mm_per_frame"),
    "floor_penetration_mm": ("Feet in the floor", "mm"),
    "reprojection_share": ("Off the picture", "share_of_body"),
    "hands_unread_share": ("Hands not read", "share"),
    "fingers_shake_deg": ("Fingers shake", "degrees_per_frame"),
    "face_unread_share": ("Face not read", "share"),
    "face_shake": ("Face shakes", "share"),
}
"""Plain words and the kind of unit for the figures of ``core.evaluation.quality``."""


def label_of(name: str) -> str:
    """What a figure is called; a name of another version is shown as it is."""
    return LABELS.get(name, (name.replace("_", " ").capitalize(), ""))[0]


def figure_of(name: str, value: float, step_s: float) -> str:
    """A figure in its unit; ``step_s`` seconds lie between two frames."""
    return humane(value, LABELS.get(name, ("", ""))[1], step_s)


def humane(value: float, unit: str, step_s: float) -> str:
    """Word a ``value`` of a kind of unit; ``step_s`` seconds lie between two frames."""
    if unit == "share":
        return f"{value:.0%}" if value >= 0.01 or value == 0 else f"{value:.1%}"
    if unit == "share_of_body":
        return f"{value:.1%} of body"
    if unit == "jerk":  # per frame, what a joint strays from an even motion
        return f"{value * 10 * step_s**3 * 1000:.1f} mm/frame"
    if unit == "mm_per_frame":
        return f"{value:.1f} mm/frame"
    if unit == "degrees_per_frame":
        return f"{value:.1f}°/frame"
    return f"{value:.0f} mm" if unit == "mm" else f"{value:g}"
