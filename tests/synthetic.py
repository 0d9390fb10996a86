"""Clips without pictures: known motions, a known camera, networks that answer with their points.

``core.pipeline.estimate`` takes ``clip.source()``, ``clip.detector()`` and ``clip.model()``: the
whole pipeline runs without a network or a codec. Errors are added on purpose: see ``Flaws``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from limn.core.data.observations import PassWorth
from limn.core.data.settings import Settings
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_MIRROR, BLAZEPOSE_SKELETON, COCO_17
from limn.core.data.types import Camera, ClipInfo, Detections, Frame, Landmarks, Region, Take
from limn.core.geometry.camera import camera_from_world, project_camera, rotation_to_ray
from limn.core.geometry.rotations import exp_so3
from limn.core.perspective.background import BackgroundFollower
from limn.core.perspective.collecting import SceneFinder
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished
from synthetic_skeleton import Motion

_COCO = np.array([BLAZEPOSE_33.index(name) for name in COCO_17])
_HIPS = [BLAZEPOSE_33.index("left_hip"), BLAZEPOSE_33.index("right_hip")]
_ELSEWHERE_PX = 1e4


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a network's answers; metres at the person, drawn anew for 2D and 3D.

    ``noise_m`` per axis; ``outlier_share`` of the landmarks lie ``outlier_m`` off in a random
    direction; ``offset_m`` (33, 3) constant in camera axes; ``flipped`` frames have left for right;
    ``score`` of every landmark; ``nan`` frames answer with NaN.
    """

    noise_m: float = 0.0
    outlier_share: float = 0.0
    outlier_m: float = 0.25
    offset_m: np.ndarray | None = None
    flipped: frozenset[int] = frozenset()
    score: float = 1.0
    nan: frozenset[int] = frozenset()
    seed: int = 1


@dataclass(frozen=True)
class Actor:
    """Somebody in a clip: their motion, and in which frames detector and networks can see them.

    ``bgr`` is the colour of their clothes, for clips that are painted.
    """

    motion: Motion
    visible: np.ndarray | None = None
    bgr: tuple[int, int, int] = (128, 128, 128)


@dataclass(frozen=True)
class Clip:
    """Actors in front of a camera. ``missed`` (frame, actor) pairs the detector overlooks.

    ``dropped`` frames aren't there: time goes on over them, as in the clips of phones. ``turns``
    (t, 3) rotation vectors from frames' axes to those of ``camera``, ``path`` (t, 3) metres where
    the frames' cameras stand in those, ``zoom`` (t,) their focal lengths over its own.
    """

    actors: tuple[Actor, ...]
    camera: Camera
    fps: float
    frame_count: int
    flaws: Flaws = Flaws()
    missed: frozenset[tuple[int, int]] = frozenset()
    doubled: frozenset[int] = frozenset()
    hijacked: frozenset[tuple[int, int]] = frozenset()
    is_painted: bool = False
    backdrops: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (0, 0, 0))
    cut_at: int | None = None
    is_still: bool = False
    turns: np.ndarray | None = None
    path: np.ndarray | None = None
    zoom: np.ndarray | None = None
    dropped: frozenset[int] = frozenset()
    xyz_camera: np.ndarray = field(init=False, repr=False)
    """(people, t, 33, 3)"""
    xy_px: np.ndarray = field(init=False, repr=False)
    seen: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        t = self.frame_count
        world = np.stack([np.resize(a.motion.landmarks(), (t, 33, 3)) for a in self.actors])
        xyz = camera_from_world(self.camera, world)
        if self.path is not None:
            xyz = xyz - self.path[:, None]
        if self.turns is not None:
            xyz = np.einsum("tba,ptjb->ptja", exp_so3(self.turns), xyz)
        seen = [np.ones(t, bool) if a.visible is None else a.visible for a in self.actors]
        object.__setattr__(self, "xyz_camera", xyz)
        seen_px = [project_camera(self.camera_at(i), xyz[:, i]) for i in range(t)]
        object.__setattr__(self, "xy_px", np.stack(seen_px, axis=1) if t else xyz[..., :2])
        object.__setattr__(self, "seen", np.stack(seen))

    def camera_at(self, frame: int) -> Camera:
        """The camera as it looks in a frame."""
        T, K = self.camera.T_world_camera.copy(), self.camera.K.copy()
        if self.path is not None:
            T[:3, 3] += T[:3, :3] @ self.path[frame]
        if self.turns is not None:
            T[:3, :3] = T[:3, :3] @ exp_so3(self.turns[frame])
        if self.zoom is not None:
            K[:2, :2] *= self.zoom[frame]
        return replace(self.camera, K=K, T_world_camera=T)

    def source(self) -> Source:
        """A frame source whose pictures hold their own number alone."""
        return Source(self)

    def detector(self) -> FakeDetector:
        """Finds everybody who is visible and not ``missed``."""
        return FakeDetector(self)

    def model(self, name: str = "full", flaws: Flaws | None = None) -> FakeModel:
        """A landmark network with the clip's flaws or its own."""
        return FakeModel(self, name, flaws or self.flaws)

    def estimate(
        self,
        settings: Settings | None = None,
        models: Sequence[FakeModel] | None = None,
        camera_is_known: bool = True,
        scene: SceneFinder | None = None,
        background: BackgroundFollower | None = None,
    ) -> Take:
        """Run the whole pipeline."""
        camera = replace(self.camera, T_world_camera=np.eye(4)) if camera_is_known else None
        eyes = self.detector(), tuple(models or [self.model()])
        networks = Networks(
            *eyes,
            scene_finder=None if scene is None else lambda: scene,
            background=None if background is None else lambda: background,
        )
        job = estimate(self.source(), networks, settings or Settings(), camera)
        return finished(job)


def watch(
    *motions: Motion, camera: Camera | None = None, flaws: Flaws | None = None, **options: object
) -> Clip:
    """A clip of these motions by one camera, as long as the first of them."""
    actors = tuple(Actor(m) for m in motions)
    first = motions[0]
    clip = Clip(actors, camera or camera_at(), first.fps, len(first), flaws or Flaws())
    return replace(clip, **options)  # type: ignore[arg-type]


def camera_at(
    distance_m: float = 4.5,
    height_m: float = 1.3,
    tilt_deg: float = 5.0,
    roll_deg: float = 0.0,
    fov_deg: float = 60.0,
    dist: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
) -> Camera:
    """A camera on -Y looking along +Y, down by ``tilt_deg``, about its axis by ``roll_deg``."""
    size = (1280, 720)
    focal = size[0] / 2 / np.tan(np.radians(fov_deg) / 2)
    level = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    tilt = exp_so3(np.array([-np.radians(tilt_deg), 0.0, 0.0]))
    roll = exp_so3(np.array([0.0, 0.0, np.radians(roll_deg)]))
    T = np.eye(4)
    T[:3, :3] = level @ tilt @ roll
    T[:3, 3] = [0.0, -distance_m, height_m]
    K = np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1.0]])
    return Camera(K=K, size_px=size, dist=np.array(dist), T_world_camera=T)


def number_of(bgr: np.ndarray) -> int:
    return int(bgr[0, 0, 0]) | int(bgr[0, 0, 1]) << 8 | int(bgr[0, 0, 2]) << 16


class Source:
    """A ``FrameSource`` of tiny pictures, or of painted ones where clothes matter."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self.warnings: tuple[str, ...] = ()
        self.damaged_share = 0.0
        count = clip.frame_count
        self.info = ClipInfo(
            "synthetic.mp4", clip.camera.size_px, clip.fps, count, is_still=clip.is_still
        )

    def frames(self) -> Iterator[Frame]:
        """Frame after frame; the first pixel tells its number."""
        clip = self._clip
        width, height = clip.camera.size_px if clip.is_painted else (64, 36)
        for i in sorted(set(range(clip.frame_count)) - clip.dropped):
            bgr = np.zeros((height, width, 3), np.uint8)
            if clip.is_painted:
                is_after = clip.cut_at is not None and i >= clip.cut_at
                bgr[:] = clip.backdrops[int(is_after)]
                if clip.cut_at is not None:  # bars: a picture without edges shows nothing
                    bgr[:, np.arange(width) // (100 if is_after else 40) % 2 == 1] += 30
                self._paint(bgr, i)
            bgr[0, 0] = (i & 255, i >> 8 & 255, i >> 16)
            yield Frame(i, i / clip.fps, bgr)

    def _paint(self, bgr: np.ndarray, i: int) -> None:
        clip = self._clip
        far_first = sorted(range(len(clip.actors)), key=lambda p: -clip.xyz_camera[p, i, 0, 2])
        for p in far_first:
            if clip.seen[p, i]:
                corners = clip.xy_px[p, i][[11, 12, 23, 24]]
                (x0, y0), (x1, y1) = np.maximum(corners.min(0), 0), corners.max(0)
                bgr[int(y0) : int(y1), int(x0) : int(x1)] = clip.actors[p].bgr


class FakeDetector:
    """A ``Detector`` that reads the frame's number off the picture and answers with the truth."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self.calls = 0

    def detect(self, bgr: np.ndarray) -> Detections:
        """COCO-17 of everybody who can be seen."""
        clip, i = self._clip, number_of(bgr)
        self.calls += 1
        people = [
            p for p in range(len(clip.actors)) if clip.seen[p, i] and (i, p) not in clip.missed
        ]
        people += people if i in clip.doubled else []
        rng = np.random.default_rng([clip.flaws.seed, i])
        xyz = clip.xyz_camera[people, i][:, _COCO]
        xyz = xyz + rng.normal(0, clip.flaws.noise_m, xyz.shape)
        xy = project_camera(clip.camera_at(i), xyz).astype(np.float32).reshape(-1, 17, 2)
        low, high = xy.min(1), xy.max(1)
        margin = 0.08 * (high - low)
        score = np.linspace(0.9, 0.8, len(people), dtype=np.float32)
        return Detections(
            xy_px=xy,
            keypoint_score=np.full((len(people), 17), 0.9, np.float32),
            boxes_px=np.concatenate([low - margin, high + margin], axis=1).astype(np.float32),
            score=score,
        )


class FakeModel:
    """A ``LandmarkModel`` that answers for whoever's hips are nearest to the region's centre."""

    def __init__(self, clip: Clip, name: str, flaws: Flaws) -> None:
        self._clip, self.name, self._flaws = clip, name, flaws
        self.skeleton = BLAZEPOSE_SKELETON
        network = name.removesuffix("_mirrored")
        self.worth = PassWorth(network, is_precise=network == "heavy", has_3d=True)

    def locate(self, bgr: np.ndarray, region: Region) -> Landmarks:
        """BlazePose-33 in pixels and in metres, as if the camera looked straight at the crop."""
        clip, flaws, i = self._clip, self._flaws, number_of(bgr)
        centres = clip.xy_px[:, i][:, _HIPS].mean(1)
        away = np.linalg.norm(centres - region.center_px, axis=-1)
        p = int(np.argmin(np.where(clip.seen[:, i], away, np.inf)))
        if (i, p) in clip.hijacked:
            p = (p + 1) % len(clip.actors)
        is_there = bool(clip.seen[p, i]) and (away[p] < region.side_px or (i, p) in clip.hijacked)
        rng = np.random.default_rng([flaws.seed, i, p, sum(self.name.encode())])
        for_2d, for_3d = self._disturbed(clip.xyz_camera[p, i], rng)
        xy = project_camera(clip.camera_at(i), for_2d)
        ray = rotation_to_ray(clip.camera, np.array(region.center_px))
        xyz = (for_3d - for_3d[_HIPS].mean(0)) @ ray
        if i in flaws.flipped:
            mirror = list(BLAZEPOSE_MIRROR)
            xy, xyz = xy[mirror], xyz[mirror] * [1.0, 1.0, -1.0]
        if i in flaws.nan:
            xy, xyz = xy * np.nan, xyz * np.nan
        return Landmarks(
            xy_px=(xy if is_there else xy + _ELSEWHERE_PX).astype(np.float32),
            score=np.full(33, flaws.score if is_there else 0.0, np.float32),
            xyz_m=xyz.astype(np.float32),
            presence=1.0 if is_there else 0.0,
        )

    def _disturbed(
        self, xyz: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        flaws = self._flaws
        if flaws.offset_m is not None:
            xyz = xyz + flaws.offset_m
        far = rng.normal(size=xyz.shape)
        far *= flaws.outlier_m / np.linalg.norm(far, axis=-1, keepdims=True)
        xyz = xyz + far * (rng.random((33, 1)) < flaws.outlier_share)
        first, second = rng.normal(0, flaws.noise_m, (2, 33, 3))
        return xyz + first, xyz + second
