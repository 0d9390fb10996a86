"""Clips and photos in, previews out: OpenCV, timestamps, rotation, encoders."""
