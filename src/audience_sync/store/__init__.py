"""Rows of ours: SQLite by default, PostgreSQL by URL, one schema for both."""
