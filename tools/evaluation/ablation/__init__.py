"""What each step of the solve buys, and what truth in place of a step would: docs/ablation.md."""
