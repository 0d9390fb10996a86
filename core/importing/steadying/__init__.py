"""Imported motion made steady: no jitter, feet that stand."""
