"""A take's motion onto somebody's own rig: numbers only, no Blender.

roles (what a bone is) -> rigs (tables of names) -> recognising (a map of a rig: naming, else
shapes) -> doubts (what speaks against it) -> hanging (what carries what) -> aligning (rest against
rest) -> posing (rotations per frame) -> feet (on the floor).
"""
