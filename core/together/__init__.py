"""Several cameras of one scene: their clocks, where they stand, and who in one is who in another."""
