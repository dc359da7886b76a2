"""Whether the model gives the numbers that a reference model gave: every tensor of a folder of
golden data, computed again and compared."""
