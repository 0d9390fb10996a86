"""What networks answered, kept in files, so that no picture is looked at twice."""
