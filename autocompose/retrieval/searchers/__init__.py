"""Ways to find the nearest rows: exact, or an optional library or server."""
