"""Clips in: videos, photos and numbered pictures, one frame after the other."""
