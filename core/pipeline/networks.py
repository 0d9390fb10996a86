"""The networks of a run, opened once and used for any number of clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..data.collector import Collector
from ..data.observations import TrackObservations
from ..data.settings import Settings
from ..data.types import Detector, LandmarkModel
from ..depth.maps import DepthModel
from ..faces.collecting import FaceCollector
from ..faces.seen import EyeModel, FaceModel, ShapeModel
from ..faces.whole_body import with_face
from ..hands.collecting import HandCollector
from ..hands.seen import HandModel
from ..hands.whole_body import tells_hands, with_hands
from ..lifting.lifter import Lifter
from ..perspective.background import BackgroundFollower
from ..perspective.collecting import SceneFinder
from .films.hearing import Ear
from .keeping.memory import Memory
from .pace.opening import open_beside
from .pace.thinning import frames_per_part

_LID_LOOKS: Final = 15.0
"""Looks at lids a second, at least where a face is looked at as often: a blink takes 0.2 s."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What looks at a clip; only ``detector`` is needed.

    * ``detector`` finds people in a frame;
    * ``landmark_models`` look closely at each of them, one pass after the other;
    * ``lifter`` adds what motion over time tells of depth;
    * ``depth`` reads depth in every frame;
    * ``scene_finder`` makes what finds straight lines and the camera's turns, anew for every clip,
      as it remembers the frame before;
    * ``background`` makes what follows points of the background, anew for every clip;
    * ``hands`` looks at everybody's hands closely;
    * ``faces`` looks at everybody's face closely, and ``face_shapes`` tells what shapes its mesh
      has, None = Limn's own reader does when the clip is solved;
    * ``eyes`` looks at the lids of faces, None = the mesh alone tells blinks;
    * ``ear`` reads the sound of a clip, whose clock it tells beside another's;
    * ``remarks`` tells, when a clip has been looked at, sentences about how the networks ran;
    * ``memory`` makes what keeps their answers, anew for every clip.
    """

    detector: Detector
    landmark_models: tuple[LandmarkModel, ...] = ()
    lifter: Lifter | None = None
    depth: DepthModel | None = None
    scene_finder: Callable[[], SceneFinder] | None = None
    hands: HandModel | None = None
    background: Callable[[], BackgroundFollower] | None = None
    remarks: Callable[[], tuple[str, ...]] | None = None
    ear: Ear | None = None
    memory: Callable[[], Memory] | None = None
    faces: FaceModel | None = None
    face_shapes: ShapeModel | None = None
    eyes: EyeModel | None = None


def open_always_asked(networks: Networks) -> None:
    """Begin to open those that look at every clip with people in it, on a thread of its own."""
    open_beside([networks.detector, *networks.landmark_models])


def sees_hands(networks: Networks) -> bool:
    """Whether one of the networks for all of a body tells hands in metres as well."""
    return any(tells_hands(one.skeleton, one.worth) for one in networks.landmark_models)


def closeups_by(networks: Networks, settings: Settings, fps: float) -> list[Collector]:
    """What looks closely at parts of people while a clip, or what is looked at of it at ``fps``, is
    read."""
    out: list[Collector] = []
    quality = settings.quality
    if networks.hands is not None and settings.hands != "off" and not sees_hands(networks):
        step = frames_per_part(quality, "hands", fps)
        how = {"every": settings.hands == "on", "is_brief": quality == "fast"}
        out.append(HandCollector(networks.hands, step=step, **how))
    if networks.faces is not None and settings.face != "off":
        step = frames_per_part(quality, "face", fps)
        out.append(
            FaceCollector(
                networks.faces,
                every=settings.face == "on",
                step=step,
                shapes=networks.face_shapes,
                eyes=networks.eyes,
                eye_step=max(int(fps / step / _LID_LOOKS + 0.01), 1),  # 29.97 as 30
            )
        )
    return out


def with_parts(
    tracks: Sequence[TrackObservations], settings: Settings
) -> tuple[TrackObservations, ...]:
    """``tracks`` with the hands and faces that networks for all of a body tell of them."""
    out = tuple(tracks)
    if settings.hands != "off":
        out = tuple(map(with_hands, out))
    return tuple(map(with_face, out)) if settings.face != "off" else out
