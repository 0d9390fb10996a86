"""Other networks: their list in the preferences, and its buttons."""
