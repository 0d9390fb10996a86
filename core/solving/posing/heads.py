"""How heads are turned: faces that were looked at closely tell it better than ears and a nose do,
and of who is seen from behind nobody sees the nose."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.observations import TrackObservations
from ...data.profiling.stages import staged
from ...data.settings import Settings
from ...data.skeletons import joint
from ...data.types import Camera
from ...faces.posing import FaceMotion, pose_face
from ...geometry.camera import world_from_camera
from ...geometry.rotations import exp_so3, log_so3, normalize, quat_from_matrix
from ...geometry.smoothing import blur, eased
from ..evidence.evidence import Evidence

_BODY_DEG: Final = 4.3
"""Standard deviation of a head's rotation as the body's landmarks have it ..."""
_FACE_DEG: Final = 2.0
"""... and as a mesh has it."""
_APART: Final = (np.radians(60.0), np.radians(90.0))
"""From the first of these angles between both the face is doubted, at the second it is somebody
else's: a body that leans wrongly is off by 36."""
_SHARE: Final = _BODY_DEG**2 / (_BODY_DEG**2 + _FACE_DEG**2)
_JAW: Final = joint("jaw")
_BEHIND_DEG: Final = 8.0
"""By how much heads that are seen from straight behind look up too far (200 renders of 38 people:
8 more than from the front and 12 more than from the side; a man before two cameras 9)."""
_BEHIND: Final = (0.4, 0.9)
"""Cosines of how far the head faces away from the camera from which it does, and does in full."""
_BEHIND_S: Final = 0.2
"""Standard deviation of the time over which these are averaged; by hand."""
_NOSE: Final = points.POINTS.index("nose")
_EARS: Final = [points.POINTS.index(f"{side}_ear") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class SeenHead:
    """A head's rotation ``R`` (t, 3, 3), from the zero pose's axes, and its ``trust`` (t,)."""

    R: F64 = field(metadata=of_shape("t", 3, 3))
    trust: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)

    def with_body(self, R: Floats) -> F64:
        """The rotations of the body's landmarks, ``R`` (t, 3, 3), and these by their precision."""
        step = log_so3(np.swapaxes(R, 1, 2) @ self.R)
        apart = np.linalg.norm(step, axis=1)
        agree = 1 - eased((apart - _APART[0]) / (_APART[1] - _APART[0]))
        return R @ exp_so3((_SHARE * self.trust * agree)[:, None] * step)


@staged("face fit")
def face_motion(
    track: TrackObservations, camera: Camera, fps: float, turns: F64 | None, settings: Settings
) -> FaceMotion | None:
    """A person's face in the axes of their shot's camera, None where nobody looked at it.

    ``turns`` (t, 3, 3) from the axes of the track's frames, first to last, to the shot's.
    """
    if settings.face == "off":
        return None
    motion = pose_face(track, camera, fps, every=settings.face == "on")
    if motion is None or turns is None:
        return motion
    return replace(motion, R_camera_head=turns @ motion.R_camera_head)


def head_of(motion: FaceMotion | None, camera: Camera) -> SeenHead | None:
    """The head in world axes."""
    if motion is None:
        return None
    return SeenHead(camera.T_world_camera[:3, :3] @ motion.R_camera_head, motion.trust)


def set_jaw(quats: Floats, motion: FaceMotion | None) -> None:
    """Put the jaw of ``motion`` into ``quats`` (t, 55, 4), in place."""
    if motion is not None:
        quats[:, _JAW] = quat_from_matrix(motion.jaw)


def looking_less_up(X: Floats, evidence: Evidence, camera: Camera) -> Floats:
    """World points ``X`` (t, 19, 3) with heads that one view shows from behind lowered; nothing is
    changed where other views or another tool tell them."""
    if not evidence.shows_3d or evidence.placed is not None or evidence.others:
        return X
    eye = np.zeros((1, 3)) if evidence.origin is None else evidence.origin
    return lowered_from_behind(X, world_from_camera(camera, eye), evidence.fps)


def lowered_from_behind(X: Floats, eye: Floats, fps: float) -> F64:
    """``X`` (t, 19, 3) with the noses of heads that face away from the camera's ``eye`` (t or 1, 3)
    lowered, all in world axes, z up, metres."""
    middle = X[:, _EARS].mean(1)
    ahead, left = X[:, _NOSE] - middle, normalize(X[:, _EARS[0]] - X[:, _EARS[1]])
    # Who lies on their back faces up, not away.
    away = (normalize(ahead)[:, :2] * normalize((middle - eye)[:, :2])).sum(-1)
    share = np.clip((away - _BEHIND[0]) / (_BEHIND[1] - _BEHIND[0]), 0.0, 1.0)
    share = blur(share, max(_BEHIND_S * fps, 0.5))
    turn = exp_so3(np.radians(_BEHIND_DEG) * share[:, None] * left)
    out = X.copy()
    out[:, _NOSE] = middle + (turn @ ahead[..., None])[..., 0]
    return out
