"""Draws whole clips by lot, films them and lets the real detectors look: pairs without end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data.arrays import F32, U8, Floats
from ....core.data.types import ClipInfo
from ....models.estimators import open_estimator
from ....models.qualities import QUALITY_PASSES
from ..augment import augment
from ..chance import Chance
from ..measure import KnownClip, Pictures, pairs_of, worn
from ..motion import FPS, Motion, draw_windows
from ..pair_file import read_pairs, write_pairs
from .puppet import Performance, perform
from .renderer import NOBODY, Renderer, Shot
from .stage import SCENERY, draw_lights, draw_patterns, draw_set, draw_shot
from .wardrobe import Part, Wardrobe

FRAMES: Final = 60
_PEOPLE: Final = (0.7, 0.22, 0.08)
"""How often one, two and three people are in a clip."""
_PATTERNS: Final = 80
_WINDOWS: Final = 8
_BENT: Final = 0.25
_WORN: Final = 0.3
_FARTHEST_M: Final = 2.5
_DEPTH_M: Final = 0.13
"""A joint lies so far under the skin that covers it."""
_WRITE_EVERY: Final = 20
_GOLDEN: Final = 0.618
"""Of a turn by which the sides of one seed lie beside those of the one before."""
_BEST_EVERY: Final = 4
"""One clip in so many is seen by the passes of "best", the others by half as many, in half the
time."""
_OWN, _SOMEBODY, _THING = 1.0, 2.0, 3.0


@dataclass(frozen=True, slots=True)
class Studio:
    """What clips are made of; ``held_out`` clips have motion, clothes and faces of their own."""

    motion: Motion
    wardrobe: Wardrobe
    renderer: Renderer
    patterns: Sequence[Path]
    held_out: bool


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """``pictures`` (t of (h, w, 3)) and what is true of them."""

    pictures: Sequence[U8]
    truth: KnownClip


def shoot(
    motion: Motion,
    wardrobe: Wardrobe,
    output: Path,
    seeds: range,
    report: Callable[[str], None],
    *,
    held_out: bool,
    sides: int = 1,
) -> None:
    """Film one clip a seed, observe it and write the pairs; clips already there are kept.

    From several ``sides`` everybody's motion is the same, and cameras stand evenly all around.
    """
    pairs = read_pairs(output) if output.exists() else []
    done = {pair.clip for pair in pairs}
    detector, models = open_estimator("best")
    fewer = [model for model in models if model.name in QUALITY_PASSES["balanced"]]
    with tempfile.TemporaryDirectory() as folder:
        patterns = draw_patterns(Path(folder), _PATTERNS, seeds.start)
        studio = Studio(motion, wardrobe, Renderer(), patterns, held_out)
        for k, (seed, side) in enumerate(product(seeds, range(sides))):
            name = f"{'held_out' if held_out else 'clip'}_{seed:05d}"
            name = f"{name}_{side}" if sides > 1 else name
            if name in done:
                continue
            around = None if sides == 1 else 2 * np.pi * (side / sides + seed * _GOLDEN)
            clip = film_clip(studio, Chance(seed), around)
            h, w = clip.pictures[0].shape[:2]
            source = Pictures(ClipInfo(name, (w, h), FPS, len(clip.pictures)), clip.pictures)
            looks = models if seed % _BEST_EVERY == 0 else fewer
            found = list(pairs_of(name, source, clip.truth, detector, looks))
            pairs += found
            report(f"{name}: {clip.truth.xyz_m.shape[1]} people, {len(found)} pairs")
            if pairs and k % _WRITE_EVERY == 0:
                write_pairs(output, pairs)
    # Not at the last seed: that clip may be there already.
    if pairs:
        write_pairs(output, pairs)


def film_clip(studio: Studio, chance: Chance, side_rad: float | None = None) -> Clip:
    """A clip of one to three people in some place, as some camera saw it, at ``side_rad`` about the
    world's z axis if that is given."""
    cast = _rehearse(studio, chance)
    reach = max(float(np.abs(p.xyz[..., :2]).max()) for p in cast)
    shot = draw_shot(min(reach, _FARTHEST_M), chance, None, side_rad)
    parts: list[tuple[Part, float]] = [
        (part, SCENERY) for part in draw_set(studio.patterns, shot, chance)
    ]
    for who, performance in enumerate(cast):
        parts += [(part, float(who)) for part in performance.figure.parts]
    studio.renderer.load(parts)
    lights = draw_lights(chance)
    xyz = np.stack([p.xyz for p in cast], axis=1) @ shot.R.T + shot.shift
    hidden = np.zeros(xyz.shape[:3])
    pictures: list[U8] = []
    for t in range(FRAMES):
        bones = {float(who): p.bones[t] for who, p in enumerate(cast)}
        picture, found = studio.renderer.draw(shot, lights, bones)
        pictures.append(picture)
        hidden[t] = why_hidden(xyz[t], found, shot)
    shown = worn(pictures, chance) if chance.happens(_WORN, 1)[0] else pictures
    return Clip(shown, KnownClip(xyz, hidden, shot.camera, studio.held_out))


def _rehearse(studio: Studio, chance: Chance) -> list[Performance]:
    """Everybody's motion, near the middle of the stage."""
    count = 1 + int(chance.rng.choice(len(_PEOPLE), p=_PEOPLE))
    tree, _ = draw_windows(studio.motion, _WINDOWS, FRAMES, chance, stretch=True)
    if chance.happens(_BENT, 1)[0]:
        tree, _ = augment(tree, chance)
    cast = []
    for who in range(count):
        figure = studio.wardrobe.draw(chance, held_out=studio.held_out)
        one = perform(figure, tree[who], chance).moved(_about_up(chance), np.zeros(3))
        aside = 0.55 * chance.normal(2) if count > 1 else np.zeros(2)
        middle = one.xyz.mean((0, 1)) * [1.0, 1.0, 0.0]
        cast.append(one.moved(np.eye(3), np.array([*aside, 0.0]) - middle))
    return cast


def _about_up(chance: Chance) -> Floats:
    angle = float(chance.uniform(-np.pi, np.pi))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def why_hidden(xyz: Floats, found: F32, shot: Shot) -> Floats:
    """Why each point (people, 19, 3), camera metres, can't be seen, as in ``Pair.hidden``.

    ``found`` is what the renderer says of whose and how far each pixel is.
    """
    K = shot.camera.K
    px = xyz[..., :2] / np.maximum(xyz[..., 2:], 0.1) * np.diag(K)[:2] + K[:2, 2]
    h, w = found.shape[:2]
    column = np.clip(np.round(px[..., 0] / 2).astype(int), 0, w - 1)
    row = np.clip(np.round(px[..., 1] / 2).astype(int), 0, h - 1)
    who, depth = np.moveaxis(found[row, column], -1, 0)
    own = np.arange(len(xyz))[:, None]
    before = depth < xyz[..., 2] - _DEPTH_M
    why = np.where(who == own, _OWN, np.where(who == SCENERY, _THING, _SOMEBODY))
    return np.where(before & (who != NOBODY), why, 0.0)
