"""Who is in the take."""
