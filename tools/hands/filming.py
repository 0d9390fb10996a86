"""Clips of made-up people whose fingers move, and what Limn makes of them before any correction."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ... import api
from ...core.data.arrays import F64, U8, Floats
from ...core.data.hand_points import SIDES
from ...core.data.observations import TrackObservations
from ...core.data.settings import Settings
from ...core.data.types import Camera, ClipInfo
from ...core.data.writing.atomic import write_npz
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ...core.geometry.rotations import slerp
from ...core.hands.collecting import CLOSEUP
from ...core.hands.posing import fit_side
from ...core.pipeline.networks import Networks
from ...core.solving.evidence.evidence import gather_evidence
from ...core.solving.posing.hands import expected_palms
from ..lifter.chance import Chance
from ..lifter.measure import Pictures, worn
from ..lifter.studio.renderer import Renderer
from ..lifter.studio.stage import SCENERY, draw_lights, draw_patterns, draw_set
from ..lifter.studio.wardrobe import Wardrobe
from .shooting import FINER, MOST_HIDDEN, PATTERNS, Poses, draw_poses, hidden, look_at, put

_FPS: Final = 30.0
_FRAMES: Final = 72
_STEP: Final = 18
"""Frames from one pose to the next, of which it is held for a third."""
_PICTURE_PX: Final = 640
_SIZES_PX: Final = (45.0, 95.0)
_DISTANCES_M: Final = (1.4, 2.4)
_SOLE_M: Final = 0.04
"""From the lowest joint of a foot to the ground."""
_OVER_HANDS_M: Final = np.array([0.0, 0.0, 0.1])
"""From the middle of both hands to what the camera looks at."""
_WORN: Final = 0.6
FIELDS: Final = ("fitted", "true", "trust", "plain")


def film_hands(
    wardrobe: Wardrobe, folder: Path, seeds: range, report: Callable[[str], None]
) -> None:
    """Film and fit one clip a seed, each a file of ``folder``; files there are kept.

    A file holds ``fitted`` and ``true`` (t, 2, 5, 4) radians as of a left hand, ``trust`` (t, 2)
    and whether a hand is ``plain`` (t, 2) to see.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(hands="auto", face="off")
    renderer, networks = Renderer(), api.open_networks(settings)
    with tempfile.TemporaryDirectory() as here:
        patterns = draw_patterns(Path(here), PATTERNS, seeds.start)
        for seed in seeds:
            path = folder / f"clip_{seed:06d}.npz"
            if path.exists():
                continue
            pictures, camera, true, plain = _film(wardrobe, renderer, patterns, Chance(seed))
            found = _fitted(pictures, camera, settings, networks)
            if found is None:
                report(f"{path.name}: nobody was found in every frame")
                continue
            columns = (found[0], true, found[1], plain)
            write_npz(path, dict(zip(FIELDS, columns, strict=True)), is_packed=True)
            report(f"{path.name}: {int(plain.sum())} hands")


def _film(
    wardrobe: Wardrobe, renderer: Renderer, patterns: list[Path], chance: Chance
) -> tuple[list[U8], Camera, F64, Floats]:
    """A clip's pictures, its camera, the true angles and which hands are plain to see."""
    figure = wardrobe.draw(chance, held_out=False)
    poses = _moving(draw_poses(figure, chance, _FRAMES // _STEP + 1))
    low_m = float((figure.rest @ R_WORLD_BODY_REST.T)[:, 2].min()) - _SOLE_M
    poses = replace(poses, root=poses.root - [0.0, 0.0, low_m])
    bones, hands = put(figure, poses)
    middle = hands.mean((0, 1, 2)) + _OVER_HANDS_M
    shot = look_at(middle, chance, _PICTURE_PX, _SIZES_PX, _DISTANCES_M)
    scenery = [(part, SCENERY) for part in draw_set(patterns, shot, chance)]
    renderer.load([*scenery, *((part, 0.0) for part in figure.parts)])
    lights, size = draw_lights(chance), (_PICTURE_PX, _PICTURE_PX)
    pictures: list[U8] = []
    plain = np.zeros((_FRAMES, len(SIDES)), bool)
    for t in range(_FRAMES):
        picture, found = renderer.draw(shot, lights, {0.0: bones[t]})
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(small, np.uint8))
        for k in range(len(SIDES)):
            xyz = hands[t, k] @ shot.R.T + shot.shift
            px = xyz[:, :2] / xyz[:, 2:] * shot.camera.K[0, 0] + shot.camera.K[:2, 2]
            plain[t, k] = hidden(px, xyz, found) <= MOST_HIDDEN
    shown = worn(pictures, chance) if chance.happens(_WORN, 1)[0] else pictures
    K = shot.camera.K / FINER
    K[:2, 2] += 0.5 / FINER - 0.5
    K[2, 2] = 1.0
    return shown, Camera(K=K, size_px=size), poses.angles, plain


def _moving(poses: Poses) -> Poses:
    """From one of the ``poses`` to the next, each held for a while."""
    at = np.arange(_FRAMES) / _STEP
    low = np.floor(at).astype(int)
    share = np.clip(1.5 * (at - low) - 0.25, 0.0, 1.0)
    share = share**2 * (3 - 2 * share)

    def mixed(values: F64) -> F64:
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        return values[low] + part * (values[low + 1] - values[low])

    return replace(
        poses,
        root=mixed(poses.root),
        quats=np.asarray(slerp(poses.quats[low], poses.quats[low + 1], share[:, None]), np.float64),
        angles=mixed(poses.angles),
    )


def _fitted(
    pictures: list[U8], camera: Camera, settings: Settings, networks: Networks
) -> tuple[F64, F64] | None:
    """Angles (t, 2, 5, 4) and trust (t, 2) of the person's hands, None if they are not found."""
    info = ClipInfo("made up", camera.size_px, _FPS, len(pictures))
    take = api.estimate(Pictures(info, pictures), settings, camera=camera, networks=networks)
    tracks = () if take.observed is None else take.observed.tracks
    whole = [one for one in tracks if one.frames[0] == 0 and one.frames[-1] == len(pictures) - 1]
    if len(whole) != 1 or CLOSEUP not in whole[0].closeups:
        return None
    return _both(whole[0], camera)


def _both(track: TrackObservations, camera: Camera) -> tuple[F64, F64]:
    palms = expected_palms(gather_evidence(track, camera, _FPS))
    fits = [fit_side(track, camera, _FPS, palms[:, k], k)[0] for k in range(len(SIDES))]
    return np.stack([fit.angles for fit in fits], axis=1), np.stack(
        [fit.trust for fit in fits], axis=1
    )
