"""Offline pretraining of pose-mini."""
