"""The quality report, and ways to look at a take."""
