"""What a person sets: the scene's fields, the preferences, the self-test."""
