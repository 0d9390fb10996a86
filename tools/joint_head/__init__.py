"""Trains the heads that read 3D joints out of BlazePose's features; see docs/notebook/joints.md."""
