"""What the networks saw, as 2D keypoints in the layouts of other tools."""
