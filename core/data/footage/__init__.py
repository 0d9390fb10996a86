"""What people choose as a clip, by name."""
