"""Claims against the joints of two bodies."""
