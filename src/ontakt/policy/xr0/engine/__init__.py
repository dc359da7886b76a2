"""The same numbers as the plain model, in less time: one part of the model a file.

What is done once a model (weights side by side, the modulation of every step), once a prompt
(positions, masks, embedded words) and once an observation (vision and language) is kept; nothing is
computed twice between the steps of the flow.
"""
