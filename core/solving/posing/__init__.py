"""From solved points to joint rotations, each within what the joint allows."""
