"""The free body on a person: shape from their skeleton, exact fit, and the posed mesh.

``fit_body(load_free_body(), person.rest_xyz_body)`` gives a mesh at rest whose joints are the
person's; ``person_vertices`` poses it. Everything is in metres; the body frame has y up, z forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from ..data.arrays import F32, F64, I32, Floats, check_fields, check_shape, of_shape
from ..data.faces.shapes import FACE_SHAPES
from ..data.skeletons import BODY_JOINTS, SMPLX_PARENTS, joint
from ..data.types import Person
from ..geometry.rotations import matrix_from_quat
from .body_file import FreeBody
from .fitting import girth_scale, morph_to_skeleton
from .skinning import Skin, bone_transforms, dense_weights

SLIDER_LIMIT: Final = 2.0  # both ways; 1 is what was baked, beyond it goes on straight; by hand
_SIGMA_M: Final = 0.01
"""How well a bone's length is known."""

_SLIDER_SPREAD: Final = {"height": 1.0, "proportions": 0.3, "sex": 0.3}
"""Spread of each slider among people as far as bones can tell; the others they hardly show."""

_UNSEEN_SPREAD: Final = 0.05  # one sigma of sliders that bones don't show; by hand


_JAW: Final = joint("jaw")


class BodyMesh(Protocol):
    """A mesh at rest on one person's skeleton, whichever model it came from."""

    @property
    def faces(self) -> I32:
        """Corners (f, 3) or (f, 4) of every face."""
        ...

    def pose(
        self,
        quat_parent_joint: Floats,
        root_xyz: Floats,
        face: Mapping[str, float] | None = None,
    ) -> F32:
        """Vertices (v, 3) for rotations (55, 4) w x y z and the pelvis at ``root_xyz`` (3,), with
        shares of the face's shapes by ARKit's names where somebody read them."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FittedBody:
    """A body at rest on one person's skeleton.

    ``xyz`` (v, 3) and ``joints`` (55, 3), body frame; ``sliders`` the shape it has; ``scale`` how
    much larger it is than the baked one at these sliders.
    """

    body: FreeBody
    skin: Skin
    xyz: F32 = field(metadata=of_shape("v", 3))
    joints: F32 = field(metadata=of_shape(55, 3))
    sliders: Mapping[str, float]
    scale: float

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def faces(self) -> I32:
        """Corners (q, 4) of every quad."""
        return self.body.quads

    def pose(
        self,
        quat_parent_joint: Floats,
        root_xyz: Floats,
        face: Mapping[str, float] | None = None,
    ) -> F32:
        """Vertices (v, 3) for rotations (55, 4) w x y z and the pelvis at ``root_xyz`` (3,), with a
        ``face`` as ``posed_vertices`` takes it."""
        return posed_vertices(self, quat_parent_joint, root_xyz, face)


def shaped(body: FreeBody, sliders: Mapping[str, float]) -> tuple[F32, F32]:
    """Vertices (v, 3) and joints (55, 3) of the body at these slider values, unknown names refused.

    Raises ValueError for a name that isn't in ``body.sliders``.
    """
    unknown = set(sliders) - set(body.sliders)
    if unknown:
        raise ValueError(f"no slider {sorted(unknown)[0]!r}; there are {', '.join(body.sliders)}")
    values = np.array([sliders.get(name, 0.0) for name in body.sliders], np.float32)
    return (
        body.xyz + np.tensordot(values, body.slider_xyz, 1),
        body.joints + np.tensordot(values, body.slider_joints, 1),
    )


def sliders_from_skeleton(body: FreeBody, rest_xyz: Floats) -> dict[str, float]:
    """The sliders whose skeleton has bones as long as those of ``rest_xyz`` (55, 3).

    Least squares over the lengths of the body's bones with a prior on each slider, so that what
    bones don't show (weight, muscle, age) stays at the average.
    """
    spread = np.array([_SLIDER_SPREAD.get(name, _UNSEEN_SPREAD) for name in body.sliders])
    children = np.arange(1, BODY_JOINTS)
    parents = np.array(SMPLX_PARENTS)[children]
    wanted = np.linalg.norm(rest_xyz[children] - rest_xyz[parents], axis=1)
    turn = body.slider_joints[:, children] - body.slider_joints[:, parents]
    values: F64 = np.zeros(len(body.sliders))
    for _ in range(4):
        joints = body.joints + np.tensordot(values, body.slider_joints, 1)
        bones = joints[children] - joints[parents]
        lengths = np.linalg.norm(bones, axis=1)
        jacobian: F64 = np.einsum("sjc,jc->js", turn, bones / lengths[:, None]) / _SIGMA_M
        residual: F64 = (wanted - lengths) / _SIGMA_M
        normal = jacobian.T @ jacobian + np.diag(spread**-2)
        values += np.linalg.solve(normal, jacobian.T @ residual - values / spread**2)
    values = np.clip(values, -SLIDER_LIMIT, SLIDER_LIMIT)
    return {name: float(value) for name, value in zip(body.sliders, values, strict=True)}


def fit_body(
    body: FreeBody, rest_xyz: Floats, sliders: Mapping[str, float] | None = None
) -> FittedBody:
    """Fit the body to a skeleton ``rest_xyz`` (55, 3): its joints then lie on it exactly.

    ``sliders`` overrules, slider by slider, what the skeleton says.
    """
    check_shape("rest_xyz", rest_xyz, (len(SMPLX_PARENTS), 3))
    values = sliders_from_skeleton(body, rest_xyz) | dict(sliders or {})
    skin = Skin(dense_weights(body.weight_joint, body.weight))
    xyz, joints = shaped(body, values)
    fitted = morph_to_skeleton(xyz, joints, skin.weights, rest_xyz)
    return FittedBody(
        body, skin, fitted, rest_xyz.astype(np.float32), values, girth_scale(joints, rest_xyz)
    )


def slider_offsets(fitted: FittedBody) -> dict[str, F32]:
    """Per slider the offsets (v, 3) of one unit more of it while the skeleton stays as it is."""
    return {
        name: fit_body(
            fitted.body, fitted.joints, {**fitted.sliders, name: fitted.sliders[name] + 1.0}
        ).xyz
        - fitted.xyz
        for name in fitted.body.sliders
    }


def corrected(
    fitted: FittedBody, quat_parent_joint: Floats, face: Mapping[str, float] | None = None
) -> F32:
    """The mesh at rest (v, 3) with the pose's correctives and the face units' shares added."""
    xyz = fitted.xyz.copy()
    for corrective in fitted.body.correctives:
        q = quat_parent_joint[corrective.joint]
        features = (q if q[0] >= 0 else -q) - np.array([1.0, 0.0, 0.0, 0.0])
        features = (fitted.scale * features).astype(np.float32)
        xyz[corrective.vertices] += (features @ corrective.offsets).reshape(-1, 3)
    for name, share in (face or {}).items():
        unit = fitted.body.face_units[name]
        xyz[unit.vertices] += np.float32(fitted.scale * share) * unit.xyz
    return xyz


def posed_vertices(
    fitted: FittedBody,
    quat_parent_joint: Floats,
    root_xyz: Floats,
    face: Mapping[str, float] | None = None,
) -> F32:
    """Vertices (v, 3) of one pose: ``quat_parent_joint`` (55, 4), pelvis at ``root_xyz`` (3,).

    With a ``face``, shares of its shapes by name, those open the mouth and the jaw's joint doesn't.
    """
    if face is not None:
        quat_parent_joint = np.array(quat_parent_joint)
        quat_parent_joint[_JAW] = (1, 0, 0, 0)
    R, shift = bone_transforms(fitted.joints, matrix_from_quat(quat_parent_joint), root_xyz)
    return fitted.skin.apply(corrected(fitted, quat_parent_joint, face), R, shift)


def person_vertices(mesh: BodyMesh, person: Person, pose: int) -> F32:
    """World vertices (v, 3) of the ``pose``-th posed frame of a person."""
    face = None
    if len(person.face_weights):
        weights = person.face_weights[pose].tolist()
        face = {name: share for name, share in zip(FACE_SHAPES, weights, strict=True) if share}
    return mesh.pose(person.quat_parent_joint[pose], person.root_xyz_world[pose], face)


def stature_m(fitted: FittedBody) -> float:
    """Height of the body standing at rest, sole to crown."""
    return float(np.ptp(fitted.xyz[:, 1]))
