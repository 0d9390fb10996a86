"""Rigs of game engines and character libraries."""
