"""Rotations, cameras, kinematics, smoothing: plain mathematics of bodies and pictures."""
