"""Cameras of other tools: solved paths and calibrations, one reader a format."""
