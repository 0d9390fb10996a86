"""What runs before the present one made in the scene."""
