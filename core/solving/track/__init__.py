"""The optimisation over every frame of a person: terms, bone lengths, root and noise."""
