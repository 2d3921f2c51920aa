"""Identities of our rows: UUIDv4 as text, told apart by type."""

from typing import NewType
from uuid import uuid4

UserId = NewType("UserId", str)
ConnectionId = NewType("ConnectionId", str)
AdAccountId = NewType("AdAccountId", str)
SegmentId = NewType("SegmentId", str)
AudienceId = NewType("AudienceId", str)
PlanId = NewType("PlanId", str)
RunId = NewType("RunId", str)
ProfileId = NewType("ProfileId", str)
"""The customer's own id of a profile, as imported."""


def new_id() -> str:
    """A fresh random identity."""
    return str(uuid4())
