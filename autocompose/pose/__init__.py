"""What a body does: the skeleton and what changes between two poses."""
