"""Networks that users bring, opened and run in a process of their own."""
