"""What a plant asks before it books the line for a test: how long it takes, and whom it lets pass.

`book` answers what was `Asked`, `told` says it in sentences, `write_page` draws it on one page.
"""

from ontakt.evidence.booking.asked import Asked
from ontakt.evidence.booking.assists import AssistChoice, Assists
from ontakt.evidence.booking.booking import Booking, book
from ontakt.evidence.booking.choice import Choice
from ontakt.evidence.booking.page import write_page
from ontakt.evidence.booking.sentence import told
from ontakt.evidence.booking.sequential import Sequential

__all__ = [
    "AssistChoice",
    "Asked",
    "Assists",
    "Booking",
    "Choice",
    "Sequential",
    "book",
    "told",
    "write_page",
]
