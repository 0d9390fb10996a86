"""SMPL, SMPL+H and SMPL-X motion in a dictionary of arrays: AMASS, ``.smpl`` and their variants.

Keys: AMASS (Mahmood et al., 2019) in both of its forms; the ``smplx`` package's parameters, as most
tools save them; Meshcapade's codec 2.3.0 (Meshcapade/smplcodec), whose ``bodyTranslation`` is
AMASS's ``trans``.
"""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from ...data.arrays import F32, F64
from ...data.reading.files import Damaged
from ...data.skeletons import BODY_JOINTS, SMPLX_55
from ..motion import ImportedMotion, ImportedPerson
from ..smpl_pose import pelvis_at, quats_of, quats_of_whole, rotations
from ..values import Value, Values, any_number_in, first_of, numbers

_WHOLE: Final = ("poses", "pose", "fullpose", "full_pose", "pose_aa")
_ROOT: Final = ("root_orient", "global_orient", "rh", "global_rot")
_BODY: Final = ("pose_body", "body_pose", "bodyPose")
_HANDS: Final = ("pose_hand", "hand_pose")
_LEFT: Final = ("left_hand_pose", "leftHandPose", "pose_left_hand")
_RIGHT: Final = ("right_hand_pose", "rightHandPose", "pose_right_hand")
_JAW: Final = ("pose_jaw", "jaw_pose")
_EYES: Final = ("pose_eye",)
_PLACE: Final = ("trans", "transl", "translation", "bodyTranslation", "root_trans", "th")
_RATE: Final = ("mocap_frame_rate", "mocap_framerate", "frameRate", "fps", "framerate")
_SHAPE: Final = ("betas", "shape", "shapeParameters", "beta")
_MANY_JOINTS: Final = 15  # of a hand; fewer are weights of a PCA, which only the model knows


def matches(values: Value) -> bool:
    """Whether ``values`` is such a dictionary."""
    if not isinstance(values, dict):
        return False
    known = cast(Values, values)
    is_codec = "bodyPose" in known and "bodyTranslation" in known
    has_parts = first_of(known, _ROOT) is not None and first_of(known, _BODY) is not None
    return is_codec or has_parts or first_of(known, _WHOLE) is not None


def read(values: Value) -> ImportedMotion:
    """The one person of a dictionary of arrays. Raises Damaged."""
    notes: list[str] = []
    quats, joints = _quats(values, notes)
    t = len(quats)
    place = first_of(values, _PLACE)
    if place is None:
        notes.append("The file tells no way through the world: everybody stays on the spot.")
    transl = np.zeros((t, 3)) if place is None else numbers(place, "its translation", (t, 3))
    rest = _own_rest(values)
    person = ImportedPerson(
        name="Person 1",
        frames=np.arange(t, dtype=np.int32),
        quat_parent_joint=quats,
        root_xyz=transl if _tells_pelvis(values, rest) else pelvis_at(transl, joints),
        confidence=np.ones(t),
        rest_xyz_body=rest,
        betas=_betas(values),
    )
    family = {22: "SMPL", 24: "SMPL", 52: "SMPL+H", 55: "SMPL-X"}[joints]
    return ImportedMotion(family, (person,), any_number_in(values, _RATE), notes=tuple(notes))


def _quats(values: Values, notes: list[str]) -> tuple[F64, int]:
    """(t, 55, 4), and how many joints the file's model has."""
    whole = first_of(values, _WHOLE)
    if whole is not None and first_of(values, _BODY) is None:
        R = rotations(whole, "its poses")
        return quats_of_whole(R), R.shape[1]
    body = rotations(first_of(values, _BODY), "its body's pose")
    root_given = first_of(values, _ROOT)
    if root_given is None:  # the codec's body begins with the root
        root, body = body[:, :1], body[:, 1:]
    else:
        root = rotations(root_given, "its root's orientation", 1)
    hands = _hands(values, notes)
    face = _face(values, len(body))
    joints = 55 if face is not None else 52 if hands is not None else 1 + body.shape[1]
    if joints == BODY_JOINTS:
        joints = len(SMPLX_55)  # SMPL's own body has 23 rotations; SMPL+H comes with its hands
    return quats_of(root, body, hands, face), joints


def _hands(values: Values, notes: list[str]) -> F64 | None:
    whole = first_of(values, _HANDS)
    if whole is not None:
        return rotations(whole, "its hands' pose", 2 * _MANY_JOINTS)
    sides = [first_of(values, names) for names in (_LEFT, _RIGHT)]
    if any(side is None for side in sides):
        return None
    R = [rotations(side, "its hands' pose") for side in sides if _is_of_joints(side)]
    if len(R) < 2 or any(one.shape[1] != _MANY_JOINTS for one in R):
        notes.append("Its fingers are told by a hand model's own components; they stay relaxed.")
        return None
    return np.concatenate(R, axis=1)


def _is_of_joints(side: Value) -> bool:
    """Whether it can hold 15 rotations: 12 components of a PCA look like four."""
    array = np.asarray(side)
    return array.ndim > 0 and array.size % (3 * _MANY_JOINTS) == 0


def _face(values: Values, t: int) -> F64 | None:
    head = first_of(values, ("headPose",))
    if head is not None:
        return rotations(head, "its head's pose", 3)
    jaw, eyes = first_of(values, _JAW), first_of(values, _EYES)
    if jaw is None:
        return None
    out = np.tile(np.eye(3), (t, 3, 1, 1))
    out[:, :1] = rotations(jaw, "its jaw's pose", 1)
    if eyes is not None:
        out[:, 1:] = rotations(eyes, "its eyes' pose", 2)
    for at, name in ((1, "leye_pose"), (2, "reye_pose")):
        if name in values:
            out[:, at : at + 1] = rotations(values[name], "its eyes' pose", 1)
    return out


def _own_rest(values: Values) -> F32 | None:
    """The skeleton at rest in a file that Limn wrote."""
    given = first_of(values, ("rest_joints",))
    if given is None:
        return None
    rest = numbers(given, "its skeleton at rest", (len(SMPLX_55), 3))
    return (rest - rest[0]).astype(np.float32)


def _tells_pelvis(values: Values, rest: F32 | None) -> bool:
    """Whether its translation is the pelvis itself, as Limn's AMASS files say."""
    claims_shape = values.get("betas_are_smplx")
    return rest is not None and claims_shape is not None and not bool(np.asarray(claims_shape))


def _betas(values: Values) -> F64 | None:
    given = first_of(values, _SHAPE)
    if given is None:
        return None
    try:
        array = np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise Damaged("its shape is no array of numbers") from error
    if not array.size or not np.isfinite(array).all() or array.ndim > 2:
        return None
    return array.mean(0) if array.ndim == 2 else array.reshape(-1)
