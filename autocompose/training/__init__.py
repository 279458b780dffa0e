"""Headless training: offline pretraining and the two stages of the paper."""
