"""Errors: which queries of a split fail, why, and what becomes of them."""
