"""Operators on the take of the figures in the scene."""
