"""Requests in SQLite: one self-contained file per UTC day."""
