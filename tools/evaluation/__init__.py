"""Tables of accuracy, ablations and depth rows, written from benchmark runs."""
