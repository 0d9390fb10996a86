"""Rigs made for animators, with controls or without."""
