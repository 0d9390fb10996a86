"""How rigs name their bones, and their controls: one file a rig, data only."""
