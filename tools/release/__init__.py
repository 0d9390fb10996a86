"""Releases: the zips of the extension, one a platform."""
