"""Antialiased shapes at fractions of a pixel, on (h, w, 3) uint8 pictures changed in place."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..core.arrays import U8, Floats
from .figures import Colour, mixed
from .opencv import load_cv2

INK: Final[Colour] = (24, 18, 16)
WHITE: Final[Colour] = (255, 255, 255)
_SHIFT: Final = 4
_ONE: Final = 1 << _SHIFT
_FAR_PX: Final = 16000.0
"""OpenCV's fixed-point coordinates overflow far outside the picture."""

_ARC: Final = np.linspace(-np.pi / 2, np.pi / 2, 9)


def fixed(xy_px: Floats) -> Any:  # noqa: ANN401 - OpenCV's stubs want a sequence of int
    """Pixel positions as OpenCV's fixed-point integers."""
    return np.rint(np.clip(xy_px, -_FAR_PX, _FAR_PX) * _ONE).astype(np.int32)


def fill(picture: U8, xy_px: Floats, colour: Colour) -> None:
    """Fill the convex outline ``xy_px`` (n, 2)."""
    cv2 = load_cv2()
    cv2.fillConvexPoly(picture, fixed(xy_px), colour, cv2.LINE_AA, _SHIFT)


def lines(picture: U8, paths_px: list[Floats], colour: Colour, width: int = 1) -> None:
    """Draw open paths, each (n, 2)."""
    cv2 = load_cv2()
    cv2.polylines(picture, [fixed(p) for p in paths_px], False, colour, width, cv2.LINE_AA, _SHIFT)


def ring(picture: U8, xy_px: Floats, radius_px: float, colour: Colour, width: int = -1) -> None:
    """A circle's line of a width, or the whole disc."""
    cv2 = load_cv2()
    radius = max(round(min(radius_px, _FAR_PX) * _ONE), 1)
    cv2.circle(picture, fixed(xy_px).tolist(), radius, colour, width, cv2.LINE_AA, _SHIFT)


def capsule(
    picture: U8,
    ends_px: Floats,
    radii_px: tuple[float, float],
    colour: Colour,
    grow_px: float = 0.0,
) -> None:
    """The convex hull of two discs at ``ends_px`` (2, 2): a tapered limb."""
    r0, r1 = radii_px[0] + grow_px, radii_px[1] + grow_px
    along = ends_px[1] - ends_px[0]
    length = float(np.hypot(*along))
    if length <= abs(r0 - r1) + 0.01:
        ring(picture, ends_px[0 if r0 > r1 else 1], max(r0, r1), colour)
        return
    # The tangents touch the discs where their radius leans by asin of the taper.
    lean = np.arcsin((r0 - r1) / length)
    heading = np.arctan2(along[1], along[0])
    tip = heading + _ARC * (1 - 2 * lean / np.pi)
    tail = heading + np.pi + _ARC * (1 + 2 * lean / np.pi)
    outline = np.concatenate(
        [
            ends_px[1] + r1 * np.stack([np.cos(tip), np.sin(tip)], -1),
            ends_px[0] + r0 * np.stack([np.cos(tail), np.sin(tail)], -1),
        ]
    )
    fill(picture, outline, colour)


def solid_limb(
    picture: U8, ends_px: Floats, radii_px: tuple[float, float], colour: Colour, outline_px: float
) -> None:
    """A limb with a dark outline and a highlight from the upper left, so that it looks round."""
    capsule(picture, ends_px, radii_px, mixed(colour, INK, 0.86), outline_px)
    capsule(picture, ends_px, radii_px, mixed(colour, INK, 0.10))
    if max(radii_px) > 1.6:
        shift = np.array([-0.26, -0.30])
        lit = ends_px + shift * np.array(radii_px)[:, None]
        body = (radii_px[0] * 0.62, radii_px[1] * 0.62)
        capsule(picture, lit, body, mixed(colour, WHITE, 0.12))
        gleam = (radii_px[0] * 0.26, radii_px[1] * 0.26)
        capsule(picture, lit + shift * np.array(gleam)[:, None], gleam, mixed(colour, WHITE, 0.38))


def dashed_limb(
    picture: U8, ends_px: Floats, radii_px: tuple[float, float], colour: Colour, outline_px: float
) -> None:
    """The limb in short thin pieces: it is only guessed."""
    length = float(np.hypot(*(ends_px[1] - ends_px[0])))
    thin = (radii_px[0] * 0.55, radii_px[1] * 0.55)
    dash = max(3.2 * max(thin), 5.0)
    count = int(np.clip(length / (1.8 * dash), 1, 40))
    for n in range(count):
        share = (np.array([n + 0.22, n + 0.78]) / count)[:, None]
        piece = ends_px[0] + share * (ends_px[1] - ends_px[0])
        solid_limb(picture, piece, thin, colour, outline_px)


def text(picture: U8, label: str, xy_px: Floats, height_px: float, colour: Colour) -> None:
    """Write ``label`` with its left end at ``xy_px``, centred on that height."""
    cv2 = load_cv2()
    scale, weight = _type(height_px)
    (_, high), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, weight)
    at = (round(float(xy_px[0])), round(float(xy_px[1]) + high / 2))
    cv2.putText(picture, label, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, weight, cv2.LINE_AA)


def text_width(label: str, height_px: float) -> int:
    """How wide ``label`` comes out."""
    cv2 = load_cv2()
    scale, weight = _type(height_px)
    return cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, weight)[0][0]


def pill(picture: U8, label: str, center_px: Floats, height_px: float, colour: Colour) -> None:
    """``label`` on a rounded plate in ``colour``, kept inside the picture."""
    wide = text_width(label, height_px)
    half = np.array([wide / 2, 0.0])
    margin = np.array([wide / 2 + height_px, height_px + 2])
    room = np.array(picture.shape[1::-1]) - 1 - margin
    at = np.clip(center_px, np.minimum(margin, room), np.maximum(margin, room))
    radius = (height_px * 0.85, height_px * 0.85)
    ends = np.stack([at - half, at + half])
    capsule(picture, ends, radius, INK, 1.2)
    capsule(picture, ends, radius, colour)
    is_light = 0.11 * colour[0] + 0.59 * colour[1] + 0.30 * colour[2] > 110
    text(picture, label, at - half, height_px, INK if is_light else WHITE)


def blend(picture: U8, painted: U8, share: float) -> None:
    """Lay ``painted`` over ``picture`` with an opacity of ``share``."""
    cv2 = load_cv2()
    cv2.addWeighted(painted, share, picture, 1 - share, 0, dst=picture)


def _type(height_px: float) -> tuple[float, int]:
    # A capital letter of FONT_HERSHEY_SIMPLEX is about 21 pixels high at scale 1.
    return height_px / 21, 1 if height_px < 15 else 2
