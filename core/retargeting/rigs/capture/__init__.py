"""Skeletons of motion capture: databases, suits, body models."""
