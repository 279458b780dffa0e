"""Galleries on disk: append-only shards, and a manifest that names them."""
