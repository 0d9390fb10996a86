"""Motion that other tools estimated, by File > Import or dropped on a 3D view."""
