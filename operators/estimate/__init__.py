"""Estimate Pose: the panel's main part, and the request that the worker is handed."""
