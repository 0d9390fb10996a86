"""What lets people be seen as they stand in the footage: ground, light, backdrop, the view."""
