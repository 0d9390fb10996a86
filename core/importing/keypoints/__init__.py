"""Keypoints that other tools found in pictures, from whichever layout of file."""
