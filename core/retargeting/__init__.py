"""A take's motion onto somebody's own rig: numbers only, no Blender.

roles (what a bone is) -> conventions (tables of names) -> recognising (a map of a rig) -> aligning
(rest against rest) -> posing (rotations per frame) -> planting (feet on the floor).
"""
