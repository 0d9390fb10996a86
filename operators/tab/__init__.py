"""The sidebar tab "Limn": its sections and how they are drawn."""
