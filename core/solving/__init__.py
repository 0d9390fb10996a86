"""From noisy landmarks of a whole track to one skeleton's motion in the world."""
