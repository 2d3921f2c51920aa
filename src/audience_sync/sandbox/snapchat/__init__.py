"""Snapchat's Marketing API v1 as far as customer lists go, by its documents as read in November 2026."""
