"""Commands about this installation and the networks in it."""
