"""Single pictures of made-up people: what BlazePose knows of each, beside where the joints are.

Unlike clips these are all different, and only the person is drawn, so that an hour of one core
gives ten thousand poses: what it takes to teach a head on features (``tools/joint_head``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ....core.data import solver_points as points
from ....core.data.arrays import F32, U8, Floats
from ....core.data.skeletons import COCO_17
from ....core.data.types import Region
from ....core.data.writing import write_npz
from ....core.geometry.camera import rotation_to_ray
from ....core.lifting.features import CANONICAL_M, body_size
from ....core.tracking.regions import region_of
from ....models.networks.crops import cut
from ....models.runtime import NetworkRunner
from ..augment import augment
from ..chance import Chance
from ..measure import OUTSIDE, worn
from ..motion import draw_windows
from .puppet import Performance, perform
from .renderer import Shot
from .shooting import Studio, why_hidden
from .stage import SCENERY, draw_lights, draw_patterns, draw_set, draw_shot
from .wardrobe import Part

CROP_PX: Final = 256
VARIANTS: Final = ("full", "heavy")
_POSES: Final = 12
_AT_REST_FPS: Final = 0.5
"""So slow that nothing is smoothed from one pose to the next: they are strangers."""
_PICTURE_PX: Final = (320, 320)
_REACH_M: Final = 0.3
_BENT, _NEIGHBOUR, _WORN = 0.5, 0.2, 0.5
_NEARBY_M: Final = 0.55
_OFF: Final = 0.02
"""A detector's keypoints lie so far off, as a share of the person's extent."""
_LEAST_PRESENCE: Final = 0.3
_MOST_HIDDEN: Final = 7
_SESSIONS_A_FILE: Final = 40
_PATTERNS: Final = 80
_EYES: Final = ("left_eye", "right_eye")
_KEYPOINTS: Final = [points.POINTS.index("nose" if n in _EYES else n) for n in COCO_17]
_LIMBS: Final = slice(0, points.LIMBS)


@dataclass(frozen=True, slots=True, eq=False)
class Stills:
    """n pictures: BlazePose's ``features`` (n, 2, 1152) of both ``VARIANTS``, their ``world``
    (n, 2, 19, 3) and ``presence`` (n, 2); the true ``joints`` (n, 19, 3) metres from between the
    hips in the crop's axes, on a body of canonical size; ``hidden`` (n, 19) as in ``Pair``;
    ``session`` (n,), one figure each."""

    features: F32
    world: F32
    presence: F32
    joints: F32
    hidden: F32
    session: F32


def shoot_stills(
    studio: Studio,
    networks: Mapping[str, NetworkRunner],
    folder: Path,
    seeds: range,
    report: Callable[[str], None],
) -> None:
    """Draw one session of pictures a seed into files of ``folder``; files there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    split = "held_out" if studio.held_out else "train"
    with tempfile.TemporaryDirectory() as patterns:
        here = replace(studio, patterns=draw_patterns(Path(patterns), _PATTERNS, seeds.start))
        for first in range(seeds.start, seeds.stop, _SESSIONS_A_FILE):
            path = folder / f"{split}_{first:06d}.npz"
            if path.exists():
                continue
            rows: list[tuple[Floats, ...]] = []
            for seed in range(first, min(first + _SESSIONS_A_FILE, seeds.stop)):
                found = list(_session(here, networks, Chance(seed)))
                rows += [(*row, np.array(seed)) for row in found]
            columns = [np.array(column) for column in zip(*rows, strict=True)]
            named: dict[str, Any] = dict(zip(Stills.__slots__, columns, strict=True))
            named["features"] = named["features"].astype(np.float16)
            write_npz(path, named, is_packed=False)
            report(f"{path.name}: {len(rows)} pictures")


def read_stills(folder: Path, *, held_out: bool) -> Stills:
    """Everything ``shoot_stills`` wrote for one split. Raises FileNotFoundError without any."""
    split = "held_out" if held_out else "train"
    files = sorted(folder.glob(f"{split}_[0-9]*[0-9].npz"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no {split}_*.npz; run 'shoot' first")
    columns: dict[str, list[F32]] = {name: [] for name in Stills.__slots__}
    for path in files:
        with np.load(path) as file:
            for name, values in columns.items():
                values.append(file[name].astype(np.float32))
    return Stills(*(np.concatenate(columns[name]) for name in Stills.__slots__))


def _session(
    studio: Studio, networks: Mapping[str, NetworkRunner], chance: Chance
) -> Iterator[tuple[Floats, ...]]:
    """One figure in one place, in a dozen poses before as many cameras."""
    cast = [strike(studio, chance, np.zeros((_POSES, 2)), may_bend=True)]
    if chance.happens(_NEIGHBOUR, 1)[0]:
        aside = _NEARBY_M * chance.normal(_POSES, 2)
        cast.append(strike(studio, chance, aside, may_bend=False))
    shot = draw_shot(_REACH_M, chance, _PICTURE_PX)
    parts: list[tuple[Part, float]] = [
        (part, SCENERY) for part in draw_set(studio.patterns, shot, chance)
    ]
    for who, one in enumerate(cast):
        parts += [(part, float(who)) for part in one.figure.parts]
    studio.renderer.load(parts)
    lights = draw_lights(chance)
    for k in range(_POSES):
        if k % 4 == 3:
            lights = draw_lights(chance)
        bones = {float(who): one.bones[k] for who, one in enumerate(cast)}
        picture, found = studio.renderer.draw(shot, lights, bones)
        seen = _see(picture, found, cast[0].xyz[k], shot, networks, chance)
        if seen is not None:
            yield seen
        shot = draw_shot(_REACH_M, chance, _PICTURE_PX)


def strike(
    studio: Studio, chance: Chance, aside: Floats, *, may_bend: bool, poses: int = _POSES
) -> Performance:
    """Unrelated ``poses`` of one figure, each on the floor and ``aside`` (t, 2) of the middle."""
    figure = studio.wardrobe.draw(chance, held_out=studio.held_out)
    tree, _ = draw_windows(studio.motion, poses, 3, chance, stretch=False)
    if may_bend and chance.happens(_BENT, 1)[0]:
        tree, _ = augment(tree, chance)
    one = perform(figure, tree[:, 1], chance, _AT_REST_FPS)
    middle = one.xyz.mean(1)
    shift = np.stack(
        [aside[:, 0] - middle[:, 0], aside[:, 1] - middle[:, 1], -one.xyz[..., 2].min(1)], -1
    )
    bones = one.bones.copy()
    bones[..., 3] += shift[:, None]
    return Performance(figure, bones, one.xyz + shift[:, None])


def _see(
    picture: U8,
    found: F32,
    xyz_world: Floats,
    shot: Shot,
    networks: Mapping[str, NetworkRunner],
    chance: Chance,
) -> tuple[Floats, ...] | None:
    """A row of ``Stills`` but for the session; None where too little of the person is seen."""
    xyz = xyz_world @ shot.R.T + shot.shift
    if xyz[:, 2].min() < _NEARBY_M / 2:
        return None
    hidden = why_hidden(xyz[None], found, shot)[0]
    K, (w, h) = shot.camera.K, shot.camera.size_px
    px = xyz[:, :2] / xyz[:, 2:] * np.diag(K)[:2] + K[:2, 2]
    hidden[((px < 0) | (px > [w - 1, h - 1])).any(-1)] = OUTSIDE
    if (hidden[_LIMBS] > 1).sum() > _MOST_HIDDEN:
        return None
    region = tracked_region(px, hidden, (w, h), chance)
    shown = worn([picture], chance)[0] if chance.happens(_WORN, 1)[0] else picture
    crop = cut(shown, region, CROP_PX).bgr
    joints = in_crop(xyz, shot, region)
    if chance.happens(0.5, 1)[0]:
        crop, hidden = crop[:, ::-1], hidden[points.MIRROR]
        joints = joints[points.MIRROR] * [-1.0, 1.0, 1.0]
    image = np.multiply(crop[..., ::-1], np.float32(1 / 255), dtype=np.float32)[None]
    answers = [networks[variant].run(np.ascontiguousarray(image)) for variant in VARIANTS]
    presence = np.array([float(answer[1][0, 0]) for answer in answers])
    if presence.max() < _LEAST_PRESENCE:
        return None
    world = [answer[3].reshape(-1, 3)[points.FROM_BLAZEPOSE] for answer in answers]
    features = [answer[4].reshape(-1) for answer in answers]
    return np.array(features), np.array(world), presence, joints, hidden


def in_crop(xyz: Floats, shot: Shot, region: Region) -> Floats:
    """Joints (19, 3) in camera metres as a head tells them: from the hips, in the axes of the crop
    of ``region``, on a body of canonical size."""
    hips = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
    about = (xyz - xyz[hips].mean(0)) * CANONICAL_M / float(body_size(xyz[None])[0])
    R = rotation_to_ray(shot.camera, np.array([region.center_px]))[0]
    cos, sin = np.cos(region.rotation_rad), np.sin(region.rotation_rad)
    R_picture_crop = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
    return about @ R @ R_picture_crop


def tracked_region(px: Floats, hidden: Floats, size: tuple[int, int], chance: Chance) -> Region:
    """The region that tracking would choose, about as wrong as it usually is."""
    inside = px[hidden != OUTSIDE]
    extent = float(np.ptp(inside, axis=0).max())
    keypoints = px[_KEYPOINTS] + _OFF * extent * chance.normal(len(COCO_17), 2)
    score = np.where(hidden[_KEYPOINTS] <= 1, 0.8, 0.1)
    margin = 0.06 * extent
    corners = [inside.min(0) - margin, inside.max(0) + margin]
    box = np.concatenate([np.clip(corner, 0, size) for corner in corners])
    region = region_of(keypoints, score, box)
    x, y = region.center_px + 0.03 * extent * chance.normal(2)
    by = chance.normal(2)
    return replace(
        region,
        center_px=(float(x), float(y)),
        side_px=region.side_px * float(np.exp(0.07 * by[0])),
        rotation_rad=region.rotation_rad + 0.08 * float(by[1]),
    )
