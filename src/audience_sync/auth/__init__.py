"""Who are you: from a key or a password to an Actor."""
