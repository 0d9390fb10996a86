"""Rigs of every naming and oddity, made in Blender, and how one motion looks on each."""
