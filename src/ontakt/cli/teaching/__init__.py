"""Episodes: one part worked on outside of a shift, to teach or to examine."""
