"""Features of the frozen towers, computed once and kept."""
