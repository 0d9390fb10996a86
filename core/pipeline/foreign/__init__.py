"""Other tools' results on their way to takes."""
