"""One module for each layout of results that Limn can read."""
