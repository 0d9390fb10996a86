"""What people do with finished motion: trim, mirror, loop, place, blend. Take in, take out."""
