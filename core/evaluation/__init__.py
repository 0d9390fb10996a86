"""Figures of a take: the quality report, its words, and errors against a known truth."""
