"""Left, right and clockwise in a text."""
