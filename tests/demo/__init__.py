"""The demo: its people, its proof, and itself from beginning to end."""
