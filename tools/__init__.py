"""What maintainers run: weight conversion, body baking, benchmark, releases."""
