"""From the raw tensors of pose networks to keypoints in the picture: numpy only, no networks."""
