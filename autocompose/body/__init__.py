"""What a body does: the skeleton, measures of one pose, codes of change between two."""
