"""Hands: looked at closely while a clip is read, then posed as a clip's whole motion."""
