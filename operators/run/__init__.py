"""A run of the worker: its process, its progress in a window, and how it ended."""
