"""The button that lets Blender solve the camera of a clip."""
