"""Batches at any length: a hundred clips and ten broken ones, and how long batches take."""
