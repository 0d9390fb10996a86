"""Makes the 8-bit networks of ``fast`` from Limn's own files."""
