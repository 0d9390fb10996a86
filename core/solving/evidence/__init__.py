"""From what the networks saw of one person to weighted evidence of every point."""
