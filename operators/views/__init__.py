"""Further views: other cameras' clips of the same scene."""
