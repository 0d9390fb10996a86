"""Eyes: where they are looked for, and how far their lids are closed."""
