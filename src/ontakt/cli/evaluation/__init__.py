"""A policy examined: episodes outside of a shift, and what they say together."""
