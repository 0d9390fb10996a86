"""One training batch: motion, augmented, filmed, detected, and brought into the network's form."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import Bools, Floats
from ...core.lifting.features import about_hips, encode, mirror_features, mirror_joints
from .augment import augment, to_canonical
from .below import as_blazepose, as_multipose, draw_border
from .body import TO_POINTS
from .camera import film
from .chance import Chance
from .detectors import BLAZEPOSE, MULTIPOSE, Seen, cross, detect, make_scene, sample_sparsely
from .hiding import hide, nothing_hidden
from .motion import Motion, draw_windows
from .networks_3d import guess_3d
from .pairs import PairBook, Sightings, joined, shaken

_WITHOUT_3D: Final = 0.7
_ONE_SOURCE: Final = 0.08
_FOCAL_ERROR: Final = 0.12


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a batch is like. None in ``has_3d`` and ``sources`` draws per window.

    ``sources``: "both", "blazepose" or "multipose". ``severe``: the networks' 3D errs in every
    window as much as it does on rendered people. ``cut_off`` is the share of windows whose people
    the picture's lower border cuts off between waist and knees.
    """

    augmented: bool = True
    noisy: bool = True
    hidden: bool = True
    has_3d: bool | None = None
    sources: str | None = None
    severe: bool = False
    cut_off: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Real detections to train on, and the shares of windows shown as they were seen and of
    simulated motion with their errors."""

    pairs: PairBook
    as_seen: float
    on_motion: float


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``features`` (b, t, 155); the truth in the network's axes: ``joints`` (b, t, 19, 3) canonical
    metres from between the hips, ``log_depth`` (b, t), ``contact`` (b, t, 4), ``contact_holds``
    (b,); ``guess`` (b, t, 19, 3) the networks' own 3D, for comparison.
    """

    features: Floats
    joints: Floats
    log_depth: Floats
    contact: Floats
    contact_holds: Bools
    guess: Floats


def draw_batch(
    motion: Motion,
    count: int,
    frames: int,
    chance: Chance,
    conditions: Conditions,
    measured: Measured | None = None,
) -> Batch:
    """Draw ``count`` windows of ``frames`` frames, some ``measured`` instead of simulated."""
    seen_so = round(count * measured.as_seen) if measured else 0
    with_errors = round(count * measured.on_motion) if measured else 0
    tree, contact, holds = film_motion(motion, count - seen_so, frames, chance, conditions)
    apart = count - seen_so - with_errors
    parts = [simulate(tree[:apart], chance, conditions)]
    if measured and with_errors:
        seen = measured.pairs.haunt(tree[apart:, :, TO_POINTS], chance)
        parts.append(shaken(seen, chance))
    if measured and seen_so:
        parts.append(shaken(measured.pairs.draw(seen_so, frames, chance), chance))
        contact = np.concatenate([contact, np.zeros((seen_so, frames, 4), np.float32)])
        holds = np.concatenate([holds, np.zeros(seen_so, bool)])
    return _batch(joined(parts), contact, holds, chance, conditions)


def film_motion(
    motion: Motion, count: int, frames: int, chance: Chance, conditions: Conditions
) -> tuple[Floats, Floats, Bools]:
    """Joints (b, t, 22, 3) in camera axes, contacts, and whether these still hold."""
    xyz, contact = draw_windows(motion, count, frames, chance, stretch=conditions.augmented)
    holds = np.ones(count, bool)
    if conditions.augmented:
        xyz, holds = augment(xyz, chance)
    return film(to_canonical(xyz), chance), contact, holds


def simulate(tree: Floats, chance: Chance, conditions: Conditions) -> Sightings:
    """What the simulated detectors make of joints (b, t, 22, 3) in camera axes."""
    xyz = tree[:, :, TO_POINTS]
    rays = xyz[..., :2] / np.maximum(xyz[..., 2:], 0.3)
    is_hiding = conditions.noisy and conditions.hidden
    hidden = hide(xyz, rays, chance) if is_hiding else nothing_hidden(xyz.shape[:3])
    scene = make_scene(xyz, hidden, chance)
    first = detect(scene, BLAZEPOSE, chance, noisy=conditions.noisy)
    second = detect(scene, MULTIPOSE, chance, noisy=conditions.noisy)
    if conditions.cut_off > 0:
        depth = np.maximum(xyz[:, :, 6:8, 2].mean(2), 0.3)
        border = draw_border(rays, depth, conditions.cut_off, chance)
        first = as_blazepose(first, rays, depth, border, chance)
        second = as_multipose(second, rays, depth, border, chance)
        hidden = replace(hidden, outside=hidden.outside | border.below)
    guess = guess_3d(tree, hidden.loss, chance, severe=conditions.severe)
    if conditions.noisy:
        second = sample_sparsely(second, chance)
        if conditions.hidden:
            first, second, guess = cross(rays, first, second, guess, chance)
    limbs = points.LIMBS
    reason = np.where(hidden.own, 1, np.where(hidden.outside, 4, np.where(hidden.covered, 3, 0)))
    return Sightings(
        xyz,
        first.xy,
        first.score,
        second.xy[:, :, :limbs],
        second.score[:, :, :limbs],
        guess,
        reason.astype(np.float32),
    )


def _batch(
    sightings: Sightings, contact: Floats, holds: Bools, chance: Chance, conditions: Conditions
) -> Batch:
    """Bring sightings into the network's form, with what goes missing in any of them."""
    count = len(sightings.xyz)
    first = Seen(sightings.xy, sightings.score)
    second = Seen(sightings.detected_xy, sightings.detected_score)
    if conditions.noisy:
        first, second = _miss_frames(first, second, chance)
    first, second = _leave_out(first, second, conditions.sources, chance)
    zoom = 1 + _FOCAL_ERROR * chance.normal(count, 1, 1, 1) if conditions.noisy else np.float32(1)
    zoom = np.clip(zoom, 0.7, 1.4)
    has_3d = chance.happens(1 - _WITHOUT_3D, count)
    if conditions.has_3d is not None:
        has_3d[:] = conditions.has_3d
    xyz, guess = sightings.xyz, sightings.guess
    encoded = encode(first.xy * zoom, first.score, second.xy * zoom, second.score, guess, has_3d)
    R = encoded.R_virtual_camera
    hips = xyz[:, :, 6:8].mean(2)
    depth = np.maximum((hips[:, :, None] @ np.swapaxes(R, -1, -2))[:, :, 0, 2], 0.3)
    turned = np.swapaxes(R, -1, -2)
    shown = about_hips(guess) @ turned
    return Batch(
        features=encoded.features,
        joints=((xyz - hips[:, :, None]) @ turned).astype(np.float32),
        log_depth=np.log(depth * encoded.size).astype(np.float32),
        contact=contact,
        contact_holds=holds,
        guess=(shown / encoded.scale_m[:, None, None, None]).astype(np.float32),
    )


def _miss_frames(first: Seen, second: Seen, chance: Chance) -> tuple[Seen, Seen]:
    """Short gaps in both sources at once, or in one."""
    b, t = first.score.shape[:2]
    gone = chance.spell(0.08, 1, 8, b, t)[..., None]
    a = gone | chance.spell(0.04, 1, 6, b, t)[..., None]
    c = gone | chance.spell(0.04, 1, 6, b, t)[..., None]
    return Seen(first.xy, first.score * ~a), Seen(second.xy, second.score * ~c)


def _leave_out(first: Seen, second: Seen, sources: str | None, chance: Chance) -> tuple[Seen, Seen]:
    draw = chance.rng.random((len(first.score), 1, 1))
    if sources is not None:
        draw[:] = {"both": 1.0, "blazepose": 0.0, "multipose": _ONE_SOURCE}[sources]
    no_second = draw < _ONE_SOURCE
    no_first = (draw >= _ONE_SOURCE) & (draw < 2 * _ONE_SOURCE)
    return Seen(first.xy, first.score * ~no_first), Seen(second.xy, second.score * ~no_second)


def with_mirror_image(batch: Batch) -> Batch:
    """A batch twice as large: the same once more in the mirror, for no work."""
    pair = batch, mirrored(batch)
    return Batch(*(np.concatenate([getattr(one, f.name) for one in pair]) for f in fields(Batch)))


def mirrored(batch: Batch) -> Batch:
    """The same batch seen in a mirror."""
    return Batch(
        features=mirror_features(batch.features),
        joints=mirror_joints(batch.joints),
        log_depth=batch.log_depth,
        contact=batch.contact[..., [2, 3, 0, 1]],
        contact_holds=batch.contact_holds,
        guess=mirror_joints(batch.guess),
    )
