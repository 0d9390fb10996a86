"""What other tools told of people, as takes keep it."""
