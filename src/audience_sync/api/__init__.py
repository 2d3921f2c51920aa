"""The REST API: every flow over HTTP, under /api/v1."""
