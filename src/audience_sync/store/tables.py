"""Every table at once: what the migrations must build."""

from audience_sync.store import audiences, people, platforms, shared
from audience_sync.store.columns import Base

MODULES = (audiences, people, platforms, shared)
"""Importing them puts their tables into `METADATA`."""

METADATA = Base.metadata
