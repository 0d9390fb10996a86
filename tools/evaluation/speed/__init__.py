"""Speed, memory and start-up beside MediaPipe and beside the bare networks, and their history."""
