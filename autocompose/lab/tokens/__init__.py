"""Poses as a few small numbers, and back."""
