"""Cameras that stand and turn, and pictures cut out of larger ones."""
