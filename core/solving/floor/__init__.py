"""Contacts of feet, the floor they stand on, and the soles upon it."""
