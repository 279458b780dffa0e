"""One small transformer over words and poses."""
