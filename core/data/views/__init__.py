"""Further cameras of a take."""
