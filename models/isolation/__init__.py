"""Work in a process of its own, where it can break, hang or be ended without harm to the run."""
