"""The Retrieve tab."""
