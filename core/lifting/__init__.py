"""From 2D tracks to 3D with a temporal network: its features, and how it is run."""
