"""How well people review."""
