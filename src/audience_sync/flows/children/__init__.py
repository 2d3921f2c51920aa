"""The processes that heavy jobs have for themselves: each loads what its own jobs need, and starts the sooner."""
