"""Joint positions by the name that the documentation gave before; see ``geometry.kinematics``."""

from __future__ import annotations

from .geometry.kinematics import forward, person_joints_world

__all__ = ["forward", "person_joints_world"]
