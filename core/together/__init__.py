"""Several cameras of one scene: clocks, places, and who in one is who in another."""
