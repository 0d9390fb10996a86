"""Cameras that other tools have calibrated: read, and written for them."""
