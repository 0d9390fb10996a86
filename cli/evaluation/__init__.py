"""Commands that measure: benchmark, comparison, profile."""
