"""A training as a page: losses, localisation, and success in closed loop against time."""

from ontakt.evidence.training.page import PAGE, write_page

__all__ = ["PAGE", "write_page"]
