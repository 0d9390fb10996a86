"""What straight lines of the scene tell of the camera: its field of view, and which way is up."""
