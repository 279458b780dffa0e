"""Training of the pose lab."""
