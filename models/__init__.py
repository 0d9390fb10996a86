"""The networks: registry, store, runtime and one small wrapper per network."""
