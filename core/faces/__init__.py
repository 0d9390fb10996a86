"""Faces: looked at closely while a clip is read, then turned into a head's rotation and shapes."""
