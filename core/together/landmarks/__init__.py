"""Where networks' landmarks lie about a body's joints, and how surely, by where one looks from."""
