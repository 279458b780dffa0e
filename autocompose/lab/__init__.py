"""The pose lab: change a body with words, tell a pose in words, and find the body that is meant."""
