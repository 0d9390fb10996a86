"""Blender's own camera solver, on the points that Limn followed."""
