"""The founding project's pictures as a Blender scene."""
