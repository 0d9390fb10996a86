"""What is known of a rig: how its bones are named, and what makes them drive the character.

Names are lower case, without a namespace ("mixamorig:"), full-width characters as usual ones and
spaces as underscores. "*" stands for the side as the rig spells
it; a finger's "#" for 1, 2, 3 or 01, 02, 03. Several names in one entry are a chain, from the body
outwards; those that a rig lacks are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IkLimb:
    """How a convention spells the controls of a limb, "*" for the side: ``control`` at its end,
    ``pole``, ``toe``; ``roles`` start, middle and end; ``switches`` that make them drive."""

    roles: tuple[str, str, str]
    control: str
    pole: str
    toe: str
    switches: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class RigProfile:
    """``sides``: left and right; ``roles``: role without side to names, split at spaces;
    ``fingers``: patterns by finger, or three names; ``switches``: bone and property to value, set
    so that the named bones drive the character; ``digits`` of a finger's number; ``marks``: bones
    by which the rig is told from another of the same naming; ``ik`` the limbs
    that have controls for inverse kinematics, ``ik_sides`` as their names spell the sides, and
    ``finger_sides`` as fingers' names do where other bones' do otherwise.
    """

    sides: tuple[str, str]
    roles: Mapping[str, str]
    fingers: Mapping[str, str] = field(default_factory=dict[str, str])
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    digits: int = 1
    marks: tuple[str, ...] = ()
    ik: tuple[IkLimb, ...] = ()
    ik_sides: tuple[str, str] = ("", "")
    finger_sides: tuple[str, str] = ("", "")
