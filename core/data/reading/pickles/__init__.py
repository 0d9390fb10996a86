"""Values out of pickles of other tools without unpickling: nothing in a file is ever run."""

from .opening import read_values

__all__ = ("read_values",)
