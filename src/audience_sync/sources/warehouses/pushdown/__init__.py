"""Comparing inside the warehouse: a table of fingerprints there, and only new and changed rows come out."""
