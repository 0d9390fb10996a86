"""Teaches Limn what the hand network sees wrongly, on hands of the studio."""
