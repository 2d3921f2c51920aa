"""The matched share as the database reckons it, for lists and sums over many rows."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

Object = InstrumentedAttribute[dict[str, Any]]


def share(facts: Object, profiles: sa.ColumnElement[int]) -> sa.ColumnElement[float]:
    """SQL: the upper end of `measures.share_of`, 0.0 to 1.0; null while it is not known."""
    told, people = facts["match_high"].as_float(), facts["size_high"].as_float()
    found = sa.case((told.is_not(None), told), (profiles > 0, people / sa.cast(profiles, sa.Float)))
    return sa.case((found > 1, 1.0), else_=found)
