"""A registered plan worked shift by shift, judged, and told."""
