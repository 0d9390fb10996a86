"""From detections in single frames to people with one identity for the whole clip."""
