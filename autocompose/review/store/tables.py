"""The tables as queries name them. `migrations` creates them; a test holds both together."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

METADATA = MetaData()

records = Table(
    "records", METADATA,
    Column("id", Text, primary_key=True), Column("dataset", Text), Column("split", Text),
    Column("position", Integer), Column("reference", Text), Column("target", Text),
    Column("layout", Text),
)  # fmt: skip

descriptions = Table(
    "descriptions", METADATA,
    Column("id", Text, primary_key=True), Column("record_id", Text), Column("caption_key", Text),
    Column("view", Text), Column("source", Text), Column("model", Text), Column("original", Text),
    Column("provenance", Text), Column("sha256", Text), Column("imported_at", Text),
)  # fmt: skip

events = Table(
    "events", METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False), Column("operation", Text),
    Column("kind", Text), Column("description_id", Text), Column("revision", Integer),
    Column("base_revision", Integer), Column("reviewer", Text), Column("created_at", Text),
    Column("active_ms", Integer), Column("bulk", Text), Column("submitted", Text),
    Column("result", Text), Column("previous_hash", Text), Column("hash", Text),
)  # fmt: skip

heads = Table(
    "heads", METADATA,
    Column("name", Text, primary_key=True), Column("sequence", Integer), Column("hash", Text),
)  # fmt: skip

items = Table(
    "items", METADATA,
    Column("description_id", Text, primary_key=True), Column("record_id", Text),
    Column("dataset", Text), Column("split", Text), Column("position", Integer),
    Column("caption_key", Text), Column("view", Text), Column("source", Text),
    Column("model", Text), Column("verdict", Text), Column("reviewer", Text),
    Column("reviewed_at", Text), Column("revision", Integer), Column("flagged", Integer),
    Column("edited", Integer), Column("conflicted", Integer), Column("stale", Integer),
    Column("superseded", Integer), Column("state", Text), Column("search_text", Text),
    Column("score", Float), Column("card_reasons", Text), Column("shuffle", Text),
    Column("planted", Integer),
)  # fmt: skip

leases = Table(
    "leases", METADATA,
    Column("description_id", Text, primary_key=True), Column("session", Text),
    Column("reviewer", Text), Column("expires_at", Float),
)  # fmt: skip

claims = Table(
    "claims", METADATA,
    Column("description_id", Text), Column("part", Text), Column("change", Text),
    Column("verdict", Text), Column("evidence", Text), Column("text_index", Integer),
    Column("span_start", Integer), Column("span_end", Integer),
)  # fmt: skip

item_parts = Table(
    "item_parts", METADATA,
    Column("part", Text, primary_key=True), Column("description_id", Text, primary_key=True),
)  # fmt: skip

search_texts = Table(
    "search_texts", METADATA,
    Column("description_id", Text, primary_key=True), Column("content", Text),
)  # fmt: skip

plants = Table(
    "plants", METADATA,
    Column("description_id", Text, primary_key=True), Column("kind", Text),
    Column("expected", Text), Column("origin", Text), Column("exchanged", Integer),
)  # fmt: skip

cases = Table(
    "cases", METADATA,
    Column("description_id", Text, primary_key=True), Column("reason", Text),
    Column("rank", Integer), Column("sent_by", Text), Column("sent_at", Text),
)  # fmt: skip
