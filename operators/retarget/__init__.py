"""A figure's motion onto the artist's own armature."""
