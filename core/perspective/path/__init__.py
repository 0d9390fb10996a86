"""The path of a camera that is carried or zooms, from points that stand still behind the people."""
