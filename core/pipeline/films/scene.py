"""Several clips of one scene solved as one: each by itself first, then cameras, then everybody.

The motion has the times and the footage of one clip, its reference; further clips are evidence.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...baselines.per_frame import BASELINES
from ...data import solver_points as points
from ...data.arrays import Floats
from ...data.errors import SettingsError
from ...data.settings import ASSUMED_HEIGHT_M, Settings
from ...data.types import Camera, Progress, Take
from ...data.views.view import View
from ...evaluation.quality import report_on
from ...lifting.lifter import Lifter
from ...perspective.manhattan import ManhattanAxes
from ...solving.calm import calmer
from ...solving.floor.ground import Ground, find_grounds
from ...solving.motion_estimator import Stage
from ...solving.person import Solved, ground_person
from ...solving.shared_floor import share_floor
from ...together.cameras import Found, Known, find_rig
from ...together.clocks.hearing import Heards
from ...together.joint_solve import solve_jointly
from ...together.sightings import Viewpoint
from ...together.start import level_axes
from ...together.upright import common_up
from ..doubts import doubts_about, floor_doubts, motion_doubts
from ..whole_track import at_own_times
from .elsewhere import people_elsewhere, solved_elsewhere, with_tracks, without_elsewhere
from .film import Film, check_film, names_of, poses_of
from .late_people import edits_for, lengthened, seen_only
from .shown import Shown, show_film

_SEEN: Final = 0.5
"""Score over which a joint counts as seen; by hand."""
_ONE_FLOOR_M: Final = 0.15
"""Floors nearer to each other than this are one; by hand."""
_LEAST_DOUBT: Final = 0.015
"""No focal length is surer than this, as that of straight lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Several films of one scene, with their cameras and people ``found``."""

    shown: tuple[Shown, ...]
    found: Found
    settings: Settings
    heards: Heards = field(default_factory=Heards)

    def takes(self, edits: Mapping[int, Floats] | None = None) -> list[Take]:
        """A take for every film, each with its times and footage; ``edits`` of the first's."""
        every = range(len(self.shown))
        return [self.take(i, edits if i == 0 else None) for i in every]

    def take(self, reference: int = 0, edits: Mapping[int, Floats] | None = None) -> Take:
        """Everybody whom film ``reference`` shows, at its frames, with the others as its views.

        ``edits`` as in ``pipeline.solve``.
        """
        one, rig = self.shown[reference], self.found.rig
        stage = replace(
            one.stage, camera=self.camera(reference), motion=one.motion(rig.size_of(reference))
        )
        clock = one.clock
        held: dict[int, Floats] = {} if edits is None else dict(edits)
        if clock is not None:
            held = {i: clock.spread_rows(one.film.seen.tracks[i], e) for i, e in held.items()}
        people = solve_jointly(
            one.solved,
            [shown.viewpoint.people for shown in self.shown],
            self.found.groups,
            self.found.lengths,
            rig,
            reference,
            self.settings,
        )
        stage = self._upright(stage, reference, people)
        grounds = stage.grounds(people)
        people, grounds = self._on_floors(reference, people, grounds)
        for i, ground in enumerate(grounds):
            calm = calmer(people[i], self.settings.quality)
            people[i] = ground_person(calm, ground, self.settings, held.get(i))
        take = stage.take_of(people, grounds)
        if clock is not None:
            take = at_own_times(take, one.film.seen, clock, one.filming)
        is_measured = all(ground.is_measured for ground in grounds)
        floors = tuple(tuple(ground.levels()) for ground in grounds)
        doubts = doubts_about(take, is_measured) + one.doubts + floor_doubts(floors)
        doubts += one.filming.doubts + motion_doubts(take, wants_depth=False) + self.found.doubts
        views = tuple(
            self._view(take, reference, c) for c in range(len(self.shown)) if c != reference
        )
        take = replace(take, warnings=doubts, views=views)
        report = report_on(take, is_measured, floors)
        others = (c for c in range(len(self.shown)) if c != reference)
        report["views"] = [
            {
                "clip": self.shown[c].viewpoint.name,
                "starts_s": round(view.starts_s, 4),
                "agreement": view.agreement.word,
                "joints_seen": round(self._joints_seen(c), 3),
            }
            for c, view in zip(others, views, strict=True)
        ]
        return replace(take, report=report)

    def _joints_seen(self, c: int) -> float:
        """The share of the joints of those who are in other films too that film ``c`` sees."""
        people = self.shown[c].viewpoint.people
        members = [people[who] for one in self.found.groups if (who := one[c]) is not None]
        seen = [(one.score[:, : points.LIMBS] > _SEEN).reshape(-1) for one in members]
        return float(np.concatenate(seen).mean()) if seen else 0.0

    def camera(self, c: int) -> Camera:
        """The camera of film ``c`` in its own axes, its focal length that of all films together."""
        camera = self.shown[c].stage.camera
        if not self.shown[c].viewpoint.has_free_focal:
            return camera
        factor, K = float(self.found.rig.focal[c]), camera.K.copy()
        K[0, :2] *= factor
        K[1, 1] *= factor
        doubt = np.clip(self.found.focal_doubt[c], _LEAST_DOUBT, camera.focal_doubt)
        return replace(camera, K=K, focal_doubt=float(doubt))

    def _upright(self, stage: Stage, reference: int, people: Sequence[Solved]) -> Stage:
        """``stage`` with the up that the lines of all films tell, where those whom several views
        show stand along it."""
        both = [one for one in people if one.evidence.others]
        if not both:
            return stage
        bodies, stands = [one.X for one in both], [one.contacts for one in both]
        seen = [one.evidence.seen for one in both]
        people_up = find_grounds(bodies, stands, None, stage.fps, seen)[0].normal
        told = [one.stage.uprights[0] for one in self.shown]
        axes = [None if one is None else one.axes for one in told]
        up = common_up(axes, self.found.rig, reference, people_up)
        if up is None:
            return replace(stage, uprights=[None], ups=())
        sure = min(one.tilt_sigma for one in told if one is not None)
        settled = ManhattanAxes(level_axes(up)[::-1].copy(), 0.0, sure)
        return replace(stage, uprights=[settled], ups=())

    def _on_floors(
        self, reference: int, people: list[Solved], grounds: list[Ground]
    ) -> tuple[list[Solved], list[Ground]]:
        """Everybody on one floor where that is plausible. Who stands where is known of those whom
        several views or other ones show; others are moved along the view, as with one."""
        shots = self.shown[reference].stage.shots
        carried = self.shown[reference].stage.carried_shots
        moved, floors = share_floor(people, grounds, shots, self.settings, carried)
        main = next((ground for ground in grounds if ground.is_measured), grounds[0])
        for i, one in enumerate(people):
            if one.evidence.others or one.evidence.placed is not None:
                own = grounds[i]
                is_same = abs(own.offset - main.offset) < _ONE_FLOOR_M
                moved[i], floors[i] = one, replace(own, offset=main.offset) if is_same else own
        return moved, floors

    def _view(self, take: Take, reference: int, c: int) -> View:
        rig, film = self.found.rig, self.shown[c].film
        R, t = rig.between(reference, c)
        T = np.eye(4)
        T[:3, :3], T[:3, 3] = R, t
        T_world_camera = take.camera.T_world_camera @ np.linalg.inv(T)
        camera = replace(self.camera(c), T_world_camera=T_world_camera)
        motion = self.shown[c].filming.motion
        turns, zoom = np.zeros((0, 3), np.float32), np.zeros(0, np.float32)
        path = self.shown[c].path(rig.size_of(c))
        if motion is not None:
            turns = motion.turns.astype(np.float32)
            if motion.zoom is not None:
                zoom = motion.zoom.astype(np.float32)
        part = Take(
            clip=film.info,
            camera=camera,
            time_s=film.seen.time_s,
            source_frame=film.seen.source_frame,
            people=(),
            observed=film.seen,
            turns=turns,
            path=path,
            zoom=zoom,
        )
        other = c if c > 0 else reference
        return View(
            part=part,
            shift_s=float(rig.time_of(c, rig.first_time_of(reference, np.zeros(1)))[0]),
            rate=float((1 + rig.rate[c]) / (1 + rig.rate[reference]) - 1),
            agreement=self.found.agreements[other - 1],
            given=film.given,
            heard=self.heards.between(reference, c),
        )


def scene_of(
    films: Sequence[Film], settings: Settings, lifter: Lifter | None = None
) -> Generator[Progress, None, Scene]:
    """Solve every one of two or more ``films`` by itself, then find cameras, clocks and people.

    Raises ClipError where a film can't belong to the others or has cuts, NoPersonError where one
    shows nobody, and SettingsError for an estimator that takes one view only.
    """
    if settings.heights_m:
        raise SettingsError(
            "Heights of single people go with one clip; clips together take one height or none."
        )
    if settings.estimator in BASELINES:
        raise SettingsError(
            f"The estimator '{settings.estimator}' takes one clip; several go together with "
            "'blazepose' and pose models."
        )
    if settings.camera == "given":
        raise SettingsError(
            "A camera's given path goes with one clip; of clips together a calibration tells where "
            "cameras stand."
        )
    names = names_of([film.info.path for film in films])
    shown: list[Shown] = []
    for name, film in zip(names, films, strict=True):
        own = replace(film, seen=seen_only(without_elsewhere(film.seen)))
        check_film(own, name)
        shown.append((yield from show_film(own, name, settings, lifter)))
    known = Known(
        shift_s=(0.0, *(film.given.shift_s for film in films[1:])),
        poses=poses_of(films),
        distance_m=films[1].given.distance_m,
        heards=Heards(tuple(film.heard for film in films)),
        height_m=settings.height_m,
    )
    views = [one.viewpoint for one in shown]
    found = find_rig(views, known, ASSUMED_HEIGHT_M)
    for c, (name, one) in enumerate(zip(names, list(shown), strict=True)):
        seen = lengthened(one.film.seen, found, views, c)
        if seen is not one.film.seen:
            film = replace(one.film, seen=seen)
            shown[c] = yield from show_film(film, name, settings, lifter)
    every = [one.viewpoint for one in shown], [one.solved for one in shown]
    whole = [_with_elsewhere(c, shown[c], found, *every, settings) for c in range(len(shown))]
    return Scene(tuple(whole), found, settings, known.heards)


def solve_films(
    films: Sequence[Film],
    settings: Settings,
    edits: Mapping[int, Floats] | None = None,
    lifter: Lifter | None = None,
) -> Generator[Progress, None, Take]:
    """One take of several ``films``, with the times and footage of the first; errors as
    ``scene_of``, ``edits`` as in ``pipeline.solve``."""
    scene = yield from scene_of(films, settings, lifter)
    return scene.take(0, edits_for(edits, films[0].seen, scene.shown[0].film.seen))


def _with_elsewhere(
    c: int,
    one: Shown,
    found: Found,
    views: Sequence[Viewpoint],
    solved: Sequence[Sequence[Solved]],
    settings: Settings,
) -> Shown:
    """Film ``c`` with the people whom only others show."""
    film, stage = one.film, one.stage
    lent, doubts = people_elsewhere(found, views, solved, c, film.seen.time_s, settings)
    if not lent:
        return replace(one, doubts=one.doubts + doubts)
    film = replace(film, seen=with_tracks(film.seen, lent, stage.camera))
    seen = film.seen if one.clock is None else one.clock.spread(film.seen)
    stage = replace(stage, seen=seen, shots=[*stage.shots, *[0] * len(lent)])
    further = [
        solved_elsewhere(who, track, found.rig, c, seen.time_s, stage.fps)
        for who, track in zip(lent, seen.tracks[len(one.solved) :], strict=True)
    ]
    own = [*one.solved, *further]
    return replace(one, film=film, stage=stage, solved=own, doubts=one.doubts + doubts)
