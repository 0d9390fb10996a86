"""What goes wrong around a program, on purpose: two writers, killed runs, full disks, bad files."""
