"""Several clips of one scene as one take."""
