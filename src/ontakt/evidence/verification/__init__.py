"""A report counted again from its raw file: every figure follows, or the first that does not."""

from ontakt.evidence.verification.difference import Difference
from ontakt.evidence.verification.verify import Verification, verify

__all__ = ["Difference", "Verification", "verify"]
