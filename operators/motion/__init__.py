"""Tools for the action of any armature."""
