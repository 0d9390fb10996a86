"""From what the networks saw to everybody's motion: the interface, and what all who do it share."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np

from ..data.arrays import Floats
from ..data.observations import Observed, TrackObservations
from ..data.profiling.stages import staged
from ..data.settings import Settings
from ..data.timing import frame_rate
from ..data.types import Camera, ClipInfo, Progress, Take
from ..geometry.camera import camera_from_fov, world_from_camera
from ..lifting.lifter import Lifter
from ..perspective.camera_motion import CameraMotion, Filming, TrackCamera, at_one_focal
from ..perspective.focal import camera_from_lines
from ..perspective.manhattan import ManhattanAxes
from ..perspective.possible_ups import PossibleUps, find_possible_ups, off_people
from ..perspective.upright import find_uprights
from .floor.ground import Ground, find_grounds, world_from_ground
from .person import Solved, make_person, solve_person

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

    ``seen`` at ``fps``, the ``camera`` and its ``motion`` or None, ``uprights`` the Manhattan axes
    of every shot, where its lines tell any, ``ups`` all ways up that they allow, () where that is
    settled, ``shots`` each track's shot, and ``heights`` in metres of the tracks, by index, that
    the scene tells.
    """

    info: ClipInfo
    seen: Observed
    settings: Settings
    camera: Camera
    fps: float
    motion: CameraMotion | None
    uprights: Sequence[ManhattanAxes | None]
    shots: Sequence[int]
    heights: Mapping[int, float] = field(default_factory=dict[int, float])
    ups: Sequence[PossibleUps | None] = ()

    def solve(self, index: int, lifter: Lifter | None) -> Solved:
        """One track's whole solve."""
        settings = self.settings
        height = self.settings.height_of(index)
        if height is None and index in self.heights:
            height = self.heights[index]
        settings = replace(settings, height_m=height, heights_m=())
        track = self.seen.tracks[index]
        filming = self._filming(track)
        return solve_person(track, self.camera, self.fps, settings, lifter, filming)

    def _filming(self, track: TrackObservations) -> TrackCamera | None:
        """The camera of a track's frames, None where it stands still."""
        if self.motion is None:
            return None
        return self.motion.between(int(track.frames[0]), int(track.frames[-1]))

    def up_of(self, shot: int) -> PossibleUps | ManhattanAxes | None:
        """What is known of the way up of a shot beside its bodies."""
        return self.ups[shot] if self.ups else self.uprights[shot]

    @property
    def carried_shots(self) -> frozenset[int]:
        """The shots whose camera is carried."""
        carried = () if self.motion is None else np.flatnonzero(self.motion.carried).tolist()
        return frozenset(carried)

    def grounds(self, solved: Sequence[Solved]) -> list[Ground]:
        """Everybody's floor, parallel within a shot."""
        out: dict[int, Ground] = {}
        for shot in set(self.shots):
            members = [i for i, at in enumerate(self.shots) if at == shot]
            bodies, stands = [solved[i].X for i in members], [solved[i].contacts for i in members]
            seen = [solved[i].evidence.seen for i in members]
            found = find_grounds(bodies, stands, self.up_of(shot), self.fps, seen)
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
        moving: dict[str, Any] = {}
        if self.motion is not None:
            told = self.motion.turns, self.motion.centers, self.motion.zoom
            named = zip(("turns", "path", "zoom"), told, strict=True)
            moving = {name: v.astype(np.float32) for name, v in named if v is not None}
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
            **moving,
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


@staged("field of view")
def camera_of(info: ClipInfo, seen: Observed, settings: Settings, camera: Camera | None) -> Camera:
    """``camera``, or of one that isn't given that of the settings' field of view, or what the
    scene's straight lines tell."""
    if camera is None and settings.fov_deg is None:
        return camera_from_lines(seen.lines, info.size_px)
    return camera_from_fov(info.size_px, settings.fov_deg) if camera is None else camera


def stage_of(info: ClipInfo, seen: Observed, settings: Settings, filming: Filming) -> Stage:
    """What ``seen`` tells of the scene that was filmed so."""
    camera, motion = filming.camera, filming.motion
    turns = None if motion is None else motion.R
    lines = at_one_focal(seen.lines, camera, motion)
    background = at_one_focal(off_people(seen.lines, seen.tracks, info.size_px), camera, motion)
    return Stage(
        info=info,
        seen=seen,
        settings=settings,
        camera=camera,
        fps=frame_rate(seen.time_s, info.fps / info.step),
        motion=motion,
        uprights=find_uprights(lines, seen.cuts, camera, turns),
        shots=[_shot_of(track, seen) for track in seen.tracks],
        ups=find_possible_ups(background, seen.cuts, camera, turns),
    )


def _shot_of(track: TrackObservations, seen: Observed) -> int:
    return int(np.searchsorted(seen.cuts, int(track.frames[0]), side="right"))


def _floor_heights(camera: Camera, ground: Ground) -> Floats:
    """Height in metres of what is under a person's feet (t, 2) over the world's floor, where Z is
    0; (1, 2) where that is one floor."""
    on_floor = ground.normal * ground.offset
    own = float(world_from_camera(camera, on_floor)[2])
    return own + (np.zeros((1, 2)) if ground.rise is None else ground.rise)
