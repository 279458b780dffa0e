"""Texts into the store and out of it."""
