"""Points of people in three dimensions, from whichever tool."""
