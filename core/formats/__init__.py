"""Files that other programs read, written from takes: numbers and text, no other library."""
