"""What changed, in words: descriptions of pose transitions."""
