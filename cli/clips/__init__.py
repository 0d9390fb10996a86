"""Commands that run the networks on clips."""
