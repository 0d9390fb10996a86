"""From what the networks saw to everybody's motion: the interface, and what all who do it share."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..data.observations import Observed, TrackObservations
from ..data.settings import Settings
from ..data.timing import frame_rate
from ..data.types import Camera, ClipInfo, Progress, Take
from ..geometry.camera import camera_from_fov, world_from_camera
from ..geometry.rotations import log_so3
from ..perspective.camera_turns import at_focal
from ..perspective.focal import camera_from_lines
from ..perspective.manhattan import ManhattanAxes
from ..perspective.upright import find_uprights
from .floor.ground import Ground, find_grounds, world_from_ground
from .person import Solved, make_person

SOLVING: Final = "Solving motion"
"""The stage that a motion estimator reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A take without its report and warnings; ``doubts`` are sentences about how it came about.

    ``floors_m`` are for everybody the heights of what they stand on over the world's floor, () for
    all where nobody looked for more than one floor.
    """

    take: Take
    floor_is_measured: bool
    doubts: tuple[str, ...] = ()
    floors_m: tuple[tuple[float, ...], ...] = ()


class MotionEstimator(Protocol):
    """Makes everybody's motion of what the networks saw of a clip."""

    def estimate(
        self,
        info: ClipInfo,
        seen: Observed,
        settings: Settings,
        camera: Camera | None,
        edits: Mapping[int, Floats],
    ) -> Generator[Progress, None, Estimate]:
        """Estimate the people of ``seen``, at least one, in its order.

        ``camera`` gives known intrinsics, None leaves them to the estimator; ``edits`` are contacts
        (t, 2) set by hand, by person.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What is known of a clip's scene before anybody is solved.

    ``seen`` at ``fps``, the ``camera``, ``turns`` (T, 3, 3) from every frame's camera axes to its
    shot's or None, ``uprights`` the Manhattan axes of every shot, where its lines tell any, and
    ``shots`` each track's shot.
    """

    info: ClipInfo
    seen: Observed
    settings: Settings
    camera: Camera
    fps: float
    turns: F64 | None = field(metadata=of_shape(None, 3, 3))
    uprights: Sequence[ManhattanAxes | None]
    shots: Sequence[int]

    def __post_init__(self) -> None:
        check_fields(self)

    def grounds(self, solved: Sequence[Solved]) -> list[Ground]:
        """Everybody's floor, parallel within a shot."""
        out: dict[int, Ground] = {}
        for shot in set(self.shots):
            members = [i for i, at in enumerate(self.shots) if at == shot]
            bodies, stands = [solved[i].X for i in members], [solved[i].contacts for i in members]
            seen = [solved[i].evidence.seen for i in members]
            found = find_grounds(bodies, stands, self.uprights[shot], self.fps, seen)
            out |= dict(zip(members, found, strict=True))
        return [out[i] for i in range(len(solved))]

    def take_of(self, solved: Sequence[Solved], grounds: Sequence[Ground]) -> Take:
        """Everybody on their floors, before the cameras of all shots."""
        seen = self.seen
        cameras = self._cameras(solved, grounds)
        people = tuple(
            make_person(
                f"Person {i + 1}",
                one,
                cameras[shot],
                _floor_heights(cameras[shot], grounds[i]),
                self.settings,
            )
            for i, (one, shot) in enumerate(zip(solved, self.shots, strict=True))
        )
        turned = np.zeros((0, 3)) if self.turns is None else log_so3(self.turns)
        return Take(
            clip=self.info,
            camera=cameras[0],
            time_s=seen.time_s,
            source_frame=seen.source_frame,
            people=people,
            cuts=seen.cuts,
            T_world_shots=np.array([c.T_world_camera for c in cameras[1:]]).reshape(-1, 4, 4),
            settings=asdict(self.settings),
            observed=seen,
            turns=turned.astype(np.float32),
        )

    def _cameras(self, solved: Sequence[Solved], grounds: Sequence[Ground]) -> list[Camera]:
        """Every shot's camera: on its floor, the shot's first person begins over the origin."""
        placed: dict[int, Camera] = {}
        for one, shot, ground in zip(solved, self.shots, grounds, strict=True):
            if shot not in placed:
                origin = one.X[:, 6:8].mean(1)[0]
                T = world_from_ground(ground, origin)
                placed[shot] = replace(self.camera, T_world_camera=T)
        # A shot with nobody in it keeps the camera of a neighbour.
        fallback = placed[min(placed)]
        return [placed.get(shot, fallback) for shot in range(len(self.seen.cuts) + 1)]


def stage_of(
    info: ClipInfo,
    seen: Observed,
    settings: Settings,
    camera: Camera | None,
    *,
    follows_turns: bool,
) -> Stage:
    """What ``seen`` tells of the scene; a ``camera`` that isn't given is that of the settings'
    field of view or of the scene's straight lines. Without ``follows_turns`` it stands still."""
    if camera is None and settings.fov_deg is None:
        camera = camera_from_lines(seen.lines, info.size_px)
    elif camera is None:
        camera = camera_from_fov(info.size_px, settings.fov_deg)
    turns = at_focal(seen.turns, camera) if follows_turns and seen.turns is not None else None
    return Stage(
        info=info,
        seen=seen,
        settings=settings,
        camera=camera,
        fps=frame_rate(seen.time_s, info.fps / info.step),
        turns=turns,
        uprights=find_uprights(seen.lines, seen.cuts, camera, turns),
        shots=[_shot_of(track, seen) for track in seen.tracks],
    )


def _shot_of(track: TrackObservations, seen: Observed) -> int:
    return int(np.searchsorted(seen.cuts, int(track.frames[0]), side="right"))


def _floor_heights(camera: Camera, ground: Ground) -> Floats:
    """Height in metres of what is under a person's feet (t, 2) over the world's floor, where Z is
    0; (1, 2) where that is one floor."""
    on_floor = ground.normal * ground.offset
    own = float(world_from_camera(camera, on_floor)[2])
    return own + (np.zeros((1, 2)) if ground.rise is None else ground.rise)
