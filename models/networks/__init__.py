"""One small wrapper per network."""
