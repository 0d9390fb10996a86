"""Google's network from a face mesh to ARKit's shapes, which a user may bring."""
