"""Shapes of faces on characters of any kind."""
