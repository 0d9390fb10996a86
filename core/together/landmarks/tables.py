"""Where BlazePose's landmarks lie about joints, and how far they spread: data only.

Printed by ``python -m limn.tools.landmark_offsets PAIRS`` of 298 tracks (11,544 pictures) of 39
made-up people in ordinary motion, each filmed from 8 sides; docs/notebook/together.md.
"""

from __future__ import annotations

from typing import Final

OFFSET_MM: Final = {
    "shoulder": ((-11, -5, 3, -2), (35, 1, -2, -4), (-7, -3, -1, 7)),
    "hip": ((-17, -6, 2, 3), (0, 7, -7, 4), (27, -4, -1, 14)),
    "ankle": ((2, 2, -1, 0), (32, -2, -5, 2), (0, 0, -1, 3)),
    "nose": ((0, -4, 0, 0), (7, 0, -20, 2), (-28, 0, 4, 24)),
    "ear": ((-39, 10, -2, 2), (2, -2, -17, 5), (38, 3, 8, 7)),
    "heel": ((5, 7, -3, -2), (21, -2, -3, -5), (0, -1, 0, -4)),
    "foot_index": ((-1, 2, 0, -7), (7, 0, -6, -3), (30, 1, -5, 5)),
}
"""Per part millimetres of a body of 1.7 m left, up and forward in the part's axes: where the
landmark lies off the joint, by ``offset_terms`` of the direction to the camera; the right side's
are mirrored. Parts that lie less than 15 mm off aren't listed."""

SHARE: Final = {"shoulder": 0.0, "hip": 0.35}
"""Of these offsets how much is taken, all where nothing is told. Nobody sees where a shoulder or a
hip is, and those who label pictures agree on a place beside it: MoveNet, taught from other labels,
lies off the same people's joints by what is left of them."""

SPREAD: Final = {
    "shoulder": (3.31, -0.13, -0.09, -0.10, -0.36, -1.05, -0.02),
    "elbow": (3.18, 0.15, -0.13, -0.01, -0.75, -0.94, -0.06),
    "wrist": (3.11, -0.01, -0.32, -0.03, -0.37, -0.58, -0.05),
    "hip": (3.47, -0.08, -0.14, -0.10, -0.59, -0.98, 0.06),
    "knee": (3.22, 0.02, -0.28, -0.08, -0.48, -0.45, -0.02),
    "ankle": (3.12, 0.00, -0.34, -0.05, -0.36, -0.26, 0.00),
    "nose": (3.16, 0.00, -0.19, -0.15, -0.43, -0.46, 0.00),
    "ear": (3.06, -0.02, 0.06, -0.11, -0.60, -0.77, 0.14),
    "heel": (3.48, -0.03, -0.42, -0.02, -0.49, -0.36, 0.08),
    "foot_index": (3.35, -0.04, -0.41, -0.12, -0.32, -0.21, 0.04),
}
"""Per part the logarithm of a landmark's spread in millimetres, by ``spread_terms`` of the
direction to the camera in the trunk's axes, without what its score tells."""
