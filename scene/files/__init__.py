"""Blender as a program: takes to .blend files and through Blender's exporters."""
