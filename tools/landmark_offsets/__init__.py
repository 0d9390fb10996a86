"""Where the networks' landmarks lie about a skeleton's joints, measured on rendered people."""
