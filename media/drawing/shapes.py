"""Antialiased shapes at fractions of a pixel, on (h, w, 3) uint8 pictures changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from ...core.data.arrays import F64, U8, Floats
from ..opencv import load_cv2
from .figures import Colour, mixed

INK: Final[Colour] = (24, 18, 16)
WHITE: Final[Colour] = (255, 255, 255)
_SHIFT: Final = 4
_ONE: Final = 1 << _SHIFT
_FAR_PX: Final = 16000.0
"""OpenCV's fixed-point coordinates overflow far outside the picture."""

_THIN_PX: Final = 1.6
"""Thinner limbs have no room for a highlight."""

_CIRCLE: Final = np.stack(
    [np.cos(_TURN := np.linspace(0, 2 * np.pi, 40, endpoint=False)), np.sin(_TURN)], axis=-1
)
_ARC: Final = np.linspace(-np.pi / 2, np.pi / 2, 12)


def fixed(xy_px: Floats) -> Any:  # noqa: ANN401 - OpenCV's stubs want a sequence of int
    """Pixel positions as OpenCV's fixed-point integers."""
    return np.rint(np.clip(xy_px, -_FAR_PX, _FAR_PX) * _ONE).astype(np.int32)


def fill(picture: U8, xy_px: Floats, colour: Colour | int) -> None:
    """Fill the convex outline ``xy_px`` (n, 2)."""
    cv2 = load_cv2()
    cv2.fillConvexPoly(picture, fixed(xy_px), colour, cv2.LINE_AA, _SHIFT)


def lines(picture: U8, paths_px: Floats, colour: Colour, width: int = 1) -> None:
    """Draw open paths (n, points, 2)."""
    cv2 = load_cv2()
    cv2.polylines(picture, list(fixed(paths_px)), False, colour, width, cv2.LINE_AA, _SHIFT)


def disc(picture: U8, xy_px: Floats, radius_px: float, colour: Colour) -> None:
    """Fill a circle. OpenCV's own small circles come out as squares on their tip."""
    fill(picture, xy_px + min(radius_px, _FAR_PX) * _CIRCLE, colour)


def ring(picture: U8, xy_px: Floats, radius_px: float, colour: Colour, width: int) -> None:
    """Draw a circle's line, ``width`` pixels thick."""
    cv2 = load_cv2()
    outline = fixed(xy_px + min(radius_px, _FAR_PX) * _CIRCLE)
    cv2.polylines(picture, [outline], True, colour, width, cv2.LINE_AA, _SHIFT)


def capsule(
    picture: U8,
    ends_px: Floats,
    radii_px: tuple[float, float],
    colour: Colour,
    grow_px: float = 0.0,
) -> None:
    """Fill the convex hull of two discs at ``ends_px`` (2, 2)."""
    radii = np.array([radii_px]) + grow_px
    fill(picture, capsule_outlines(np.asarray(ends_px, float)[None], radii)[0], colour)


def capsule_outlines(ends_px: Floats, radii_px: Floats) -> F64:
    """Outlines (n, 24, 2) of tapered limbs: hulls of two discs at ``ends_px`` (n, 2, 2).

    ``radii_px`` (n, 2). Where one disc holds the other, the outline is the larger one's.
    """
    along = ends_px[:, 1] - ends_px[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    taper = radii_px[:, 0] - radii_px[:, 1]
    is_disc = (length <= np.abs(taper) + 0.01)[:, None]
    larger = np.where(taper > 0, 0, 1)
    rows = np.arange(len(ends_px))
    radii = np.where(is_disc, radii_px[rows, larger][:, None], radii_px)
    centers = np.where(is_disc[..., None], ends_px[rows, larger][:, None], ends_px)
    # The tangents touch the discs where their radius leans by asin of the taper.
    sine = np.where(is_disc[:, 0], 0.0, taper / np.maximum(length, 1e-6))
    lean = (2 / np.pi) * np.arcsin(np.clip(sine, -1, 1))[:, None]
    heading = np.arctan2(along[:, 1], along[:, 0])[:, None]
    angles = np.stack([heading + np.pi + _ARC * (1 + lean), heading + _ARC * (1 - lean)], axis=1)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * radii[..., None, None]
    return (centers[:, :, None] + spokes).reshape(len(ends_px), -1, 2)


def draw_limbs(
    picture: U8, ends_px: Floats, radii_px: Floats, colours: Sequence[Colour], outline_px: float
) -> None:
    """Draw limbs one over the other, each with a dark outline and a highlight from the upper left.

    ``ends_px`` (n, 2, 2), ``radii_px`` (n, 2), the farthest first.
    """
    cv2 = load_cv2()
    toward_light = np.array([-0.26, -0.30])
    lit = ends_px + toward_light * (0.62 * radii_px[..., None])
    gleam_radii = 0.26 * radii_px
    gleam = lit + toward_light * (0.9 * radii_px[..., None])
    layers = (
        fixed(capsule_outlines(ends_px, radii_px + outline_px)),
        fixed(capsule_outlines(ends_px, radii_px)),
        fixed(capsule_outlines(lit, 0.62 * radii_px)),
        fixed(capsule_outlines(gleam, gleam_radii)),
    )
    is_thin = radii_px.max(axis=1) < _THIN_PX
    for i, colour in enumerate(colours):
        for outlines, shade in zip(layers[: 2 if is_thin[i] else 4], _shades(colour), strict=False):
            cv2.fillConvexPoly(picture, outlines[i], shade, cv2.LINE_AA, _SHIFT)


def dashes(ends_px: Floats, radii_px: Floats) -> tuple[Floats, Floats]:
    """One limb (2, 2) with radii (2,) as thin pieces (k, 2, 2), (k, 2): it is only guessed."""
    thin = 0.6 * radii_px
    length = float(np.hypot(*(ends_px[1] - ends_px[0])))
    pitch = max(4.5 * float(thin.max()), 7.0)
    count = int(np.clip(round(length / pitch), 2, 24))
    shares = (np.arange(count)[:, None] + [0.28, 0.72]) / count
    pieces = ends_px[0] + shares[..., None] * (ends_px[1] - ends_px[0])
    return pieces, np.broadcast_to(thin, (count, 2))


@cache
def _shades(colour: Colour) -> tuple[Colour, Colour, Colour, Colour]:
    return (
        mixed(colour, INK, 0.86),
        mixed(colour, INK, 0.10),
        mixed(colour, WHITE, 0.12),
        mixed(colour, WHITE, 0.38),
    )


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


def pills(picture: U8, labels: Sequence[tuple[str, Floats, Colour]], height_px: float) -> None:
    """Labels on rounded plates around given positions, moved up where they would overlap.

    ``labels`` are (words, (x, y), colour); plates stay inside the picture.
    """
    taken: list[tuple[Floats, float]] = []
    pitch = 2.1 * height_px
    for words, center_px, colour in sorted(labels, key=lambda label: -float(label[1][1])):
        half = text_width(words, height_px) / 2
        margin = np.array([half + height_px, height_px + 2])
        room = np.array(picture.shape[1::-1]) - 1 - margin
        at = np.clip(center_px, np.minimum(margin, room), np.maximum(margin, room))
        for other, other_half in sorted(taken, key=lambda one: -float(one[0][1])):
            beside = abs(at[0] - other[0]) > half + other_half + 2 * height_px
            if not beside and abs(at[1] - other[1]) < pitch:
                at[1] = other[1] - pitch
        taken.append((at, half))
        _plate(picture, words, at, half, height_px, colour)


def _plate(
    picture: U8, words: str, center_px: Floats, half_px: float, height_px: float, colour: Colour
) -> None:
    radius = (height_px * 0.85, height_px * 0.85)
    ends = center_px + np.array([[-half_px, 0.0], [half_px, 0.0]])
    capsule(picture, ends, radius, INK, 1.2)
    capsule(picture, ends, radius, colour)
    is_light = 0.11 * colour[0] + 0.59 * colour[1] + 0.30 * colour[2] > 110
    text(picture, words, ends[0], height_px, INK if is_light else WHITE)


def blend(picture: U8, painted: U8, share: float) -> None:
    """Lay ``painted`` over ``picture`` with an opacity of ``share``."""
    cv2 = load_cv2()
    cv2.addWeighted(painted, share, picture, 1 - share, 0, dst=picture)


def _type(height_px: float) -> tuple[float, int]:
    # A capital letter of FONT_HERSHEY_SIMPLEX is about 21 pixels high at scale 1.
    return height_px / 21, 1 if height_px < 15 else 2
