"""Postures and acts: what they are on joints, and the words for them."""
