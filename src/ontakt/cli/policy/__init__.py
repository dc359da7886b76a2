"""`ontakt policy`: look into a brain, time it, prove it, make one."""
