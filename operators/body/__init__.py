"""The shape of people's bodies."""
