"""A pretend TikTok: the Business API v1.3 as far as audiences need it, written from TikTok's documents."""
