"""Figures of quality: a take beside known truth, and what can be told without any."""
