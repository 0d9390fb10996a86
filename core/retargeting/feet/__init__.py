"""Feet that stand: held on the floor, and what of that the body's path takes over."""
