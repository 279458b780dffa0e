"""The Augment tab."""
