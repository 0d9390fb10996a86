"""How the clocks of several clips differ: by what moves, and by what both heard."""
