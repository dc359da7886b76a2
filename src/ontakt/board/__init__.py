"""The live page for the people at the line; it reads evidence and asks, never commands."""
