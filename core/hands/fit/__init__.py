"""Steps and smoothing of which the fit of a hand over a clip is made."""
