"""The ad platforms on the wire: one file for each, one way out for all."""
