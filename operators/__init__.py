"""Blender's doors: operators, panel, properties, preferences."""
