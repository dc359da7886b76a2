"""A checkpoint made from nothing: demonstrations, training, corrections, examination."""
