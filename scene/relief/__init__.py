"""The depth map as a surface in the scene."""
