"""Every table at once: what the migrations must build."""

from audience_sync.store import audiences, exports, hot, people, platforms, pointer, sessions, shared, warehouses
from audience_sync.store.columns import Base

MODULES = (audiences, exports, hot, people, platforms, pointer, sessions, shared, warehouses)
"""Importing them puts their tables into `METADATA`."""

METADATA = Base.metadata
