"""Cameras bettered by bundle adjustment over the people."""
