"""Where the time of a run goes, and what it needn't hold."""
