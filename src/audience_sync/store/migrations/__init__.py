"""The chain of migrations, the same for SQLite and PostgreSQL. Written by `python -m tools.migration`."""
