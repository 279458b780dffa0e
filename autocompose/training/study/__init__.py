"""Studies: variants of a training side by side."""
