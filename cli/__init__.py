"""The shell's doors, which are the worker's too."""
