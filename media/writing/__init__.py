"""Videos and pictures out: encoders and formats."""
