"""Motion that other tools estimated: read, put into Limn's world, cleaned, made a take."""
