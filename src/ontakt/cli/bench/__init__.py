"""`ontakt bench`: what the parts of Ontakt take on this machine."""
