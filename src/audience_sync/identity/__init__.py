"""What a raw identifier is called on a platform: normal form, then key. Pure: no I/O, no clock, no randomness."""
