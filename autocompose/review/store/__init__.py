"""The review store: an append-only log in SQLite or PostgreSQL."""
