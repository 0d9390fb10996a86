"""The passes in order: observe, choose people, solve, report."""
