"""The report's figures: each from plain numbers to inline SVG that needs nothing else."""
