"""Per audience: every key that the platform holds or may hold, and for whom. Hashes only, never raw identifiers."""
