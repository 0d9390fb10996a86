"""Feet of an edited motion that stand again: what blending made them slide is bent out of the legs.

The planting of ``retargeting``, of a person onto their own skeleton.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..data.arrays import F64
from ..data.skeletons import SMPLX_55, SMPLX_PARENTS
from ..data.types import Person
from ..geometry.kinematics import R_WORLD_BODY_REST
from ..geometry.rotations import continuous_quats, quat_from_matrix
from ..retargeting.bonemap import BoneMap
from ..retargeting.feet.planting import legs_of, plant
from ..retargeting.rig import RestBones
from ..retargeting.roles import LEG, SIDES
from ..retargeting.source import SourceMotion, source_motion


def stand(person: Person, fps: float) -> Person:
    """Hold the heels and toes of ``person`` where ``contact`` says that they stand.

    Nothing changes where they don't slide.
    """
    source = source_motion(person)
    rig = _own_rig(source)
    chains = {f"{side}_{part}": (f"{side}_{part}",) for side in SIDES for part in LEG}
    legs = legs_of(rig, BoneMap("smplx", {"pelvis": ("pelvis",), **chains}))
    turn, xyz = plant(source, rig, legs, source.turn, source.xyz, 1.0, fps)
    R = turn @ R_WORLD_BODY_REST
    local = R.copy()
    for joint, parent in enumerate(SMPLX_PARENTS):
        if parent >= 0:
            local[:, joint] = np.swapaxes(R[:, parent], -1, -2) @ R[:, joint]
    return replace(
        person,
        root_xyz_world=xyz[:, 0].astype(np.float32),
        quat_parent_joint=continuous_quats(quat_from_matrix(local)).astype(np.float32),
    )


def _own_rig(source: SourceMotion) -> RestBones:
    """The person's skeleton as a rig, with tails of the toes on the floor."""
    head: F64 = source.rest_xyz
    tail = head + np.array([0.0, 0.0, 0.05])
    for side in SIDES:
        tail[SMPLX_55.index(f"{side}_foot"), 2] = -source.floor_below_pelvis
    count = len(SMPLX_55)
    axes = np.tile(np.eye(3), (count, 1, 1))
    return RestBones(SMPLX_55, SMPLX_PARENTS, head, tail, axes, np.ones(count, np.bool_))
