"""Codes of change -> sentences: content selection, aggregation, realisation."""
