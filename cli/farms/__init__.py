"""Many clips: the work item, who carries it, and what tells how it went."""
