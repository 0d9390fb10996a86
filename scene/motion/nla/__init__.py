"""What Blender's nonlinear animation makes of actions, read in bulk."""
