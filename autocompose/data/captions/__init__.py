"""Caption files: the only reader and writer of each of their forms."""
