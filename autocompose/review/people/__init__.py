"""Who may review, and how they log in."""
