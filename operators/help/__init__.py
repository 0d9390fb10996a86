"""The manual, offline, and the ways to its makers."""
