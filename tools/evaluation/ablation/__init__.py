"""What each step of the solve buys, and what truth in place of one would: notebook/ablation.md."""
