"""Queries that fail: what was found instead, what tells the two apart, and why."""
