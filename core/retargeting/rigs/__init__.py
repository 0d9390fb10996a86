"""How rigs name their bones: data only."""
