"""Where the floor is: everything raised or lowered until a sole stands on it."""

from __future__ import annotations

import numpy as np

from ..data.errors import OutputError
from ..data.skeletons import joint
from ..data.types import Take
from ..geometry.kinematics import person_joints_world
from ..retargeting.roles import SIDES
from ..retargeting.source import source_motion
from .rigid_move import first_person, moved
from .trimming import at_rows


def set_floor(take: Take, position: int) -> Take:
    """``take`` moved up or down so that its first person's lower foot stands at z = 0 then.

    Everybody and the cameras move as one. Raises OutputError when the person isn't there then.
    """
    person = first_person(take)
    rows = np.flatnonzero(person.frames == position)
    if not len(rows):
        raise OutputError(f"{person.name} isn't there in this frame, so no foot tells the floor.")
    feet = [joint(f"{side}_{part}") for side in SIDES for part in ("ankle", "foot")]
    posed = at_rows(person, rows.astype(np.int32), person.frames[rows])
    source = source_motion(posed)
    xyz = person_joints_world(posed)[0].astype(np.float64)
    # How far each joint lies above the sole of somebody who stands at rest.
    above = source.rest_xyz[feet, 2] + source.floor_below_pelvis
    T = np.eye(4)
    T[2, 3] = -float((xyz[feet, 2] - above).min())
    return moved(take, T)
