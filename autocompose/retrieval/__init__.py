"""Galleries, composed queries, ranking and evaluation."""
