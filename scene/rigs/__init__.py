"""Characters that somebody else made: read at rest, and what of them keeps keys from being seen."""
