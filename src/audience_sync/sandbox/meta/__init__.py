"""Meta's Graph API v26 as far as custom audiences go, by its documents as read in November 2026."""
