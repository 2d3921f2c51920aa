"""Every table at once: what the migrations must build."""

from audience_sync.store import audiences, exports, people, platforms, sessions, shared
from audience_sync.store.columns import Base

MODULES = (audiences, exports, people, platforms, sessions, shared)
"""Importing them puts their tables into `METADATA`."""

METADATA = Base.metadata
