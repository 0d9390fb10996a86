"""Figures' motion as it plays in the scene, whatever moves them there."""
