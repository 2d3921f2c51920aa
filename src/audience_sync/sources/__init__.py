"""Where profiles and segments live."""
