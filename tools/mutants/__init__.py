"""Small deliberate mistakes in the code, and whether any test notices them."""
