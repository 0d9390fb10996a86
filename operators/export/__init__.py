"""Figures out to other programs."""
