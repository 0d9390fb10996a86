"""Bodies out to other programs, without Blender."""
