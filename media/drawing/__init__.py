"""People in pictures: overlays, turntables, galleries and the sheets they lie on."""
