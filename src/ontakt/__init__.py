"""Ontakt puts a VLA-driven humanoid on a factory clock."""

__version__ = "0.1.0"
