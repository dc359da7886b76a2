"""An internship as a page: success over versions, and what each learnt from."""

from ontakt.evidence.internship.growth import RECORD
from ontakt.evidence.internship.page import PAGE, write_page

__all__ = ["PAGE", "RECORD", "write_page"]
