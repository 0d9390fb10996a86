"""What rooms hand to each other: stage types, skeletons, settings, errors, the take's file."""
