"""Teaches the face regressor: heads of made-up people that pull faces, filmed by the studio."""
