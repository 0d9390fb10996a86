"""Relative depth maps made useful: read inside limbs, brought to metres, weighed as evidence."""
