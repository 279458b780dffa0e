"""What people decided about each text, kept so that no decision is ever lost."""
