"""Commands that work on a take."""
