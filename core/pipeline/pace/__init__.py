"""How many of a clip's frames are looked at, and what becomes of the others."""
