"""What is kept of takes and of artists' work, whatever runs and files do."""
