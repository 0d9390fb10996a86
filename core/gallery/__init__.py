"""The founding project's pictures as data: sticks, spheres and a photo wall."""
