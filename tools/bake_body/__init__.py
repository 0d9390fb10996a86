"""Bakes the free body from CC0 MakeHuman data: ``python -m limn.tools.bake_body``."""
