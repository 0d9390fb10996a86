"""People in the scene: armature, body, animation, and what a figure remembers of its take."""
