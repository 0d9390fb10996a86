"""How people are seen: the viewport, the footage, and what F12 renders."""
