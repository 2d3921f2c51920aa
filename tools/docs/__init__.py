"""Writes the pages of docs/ that repeat what the code says, so that the two cannot disagree."""
