"""The points of a face mesh and the names of a face's shapes: data only."""
