"""An envelope from what was typed to what is told: its axes, its registered plan, its cells."""
