"""Human rigs whose names nobody knows, mapped by where their bones are."""
