"""Descriptions by a multimodal model for many pairs."""
