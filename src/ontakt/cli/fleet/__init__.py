"""Many shifts worked as one experiment: each in a process of its own, several at a time."""
