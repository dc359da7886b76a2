"""Demonstrations: a teacher that knows the true places, disturbed on purpose, and what a learner
got itself into, told as lessons."""
