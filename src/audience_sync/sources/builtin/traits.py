"""Computed traits: what is derived from a profile's events, each declared by a name and an aggregate expression.

An expression sees the columns `name`, `time` (UTC) and `properties` (a map of texts) of one profile's events, and these
macros: `number(text)`, `is_purchase(name)`, `amount(properties)`.
"""

COMPUTED = {
    "first_seen": "min(time)",
    "last_seen": "max(time)",
    "event_count": "count(*)",
    "purchases": "count(*) FILTER (is_purchase(name))",
    "revenue": "round(sum(amount(properties)) FILTER (is_purchase(name)), 6)",
    "last_purchase": "max(time) FILTER (is_purchase(name))",
}
"""The traits that every store begins with."""

COMPUTED_TYPES = {
    "first_seen": "datetime",
    "last_seen": "datetime",
    "event_count": "integer",
    "purchases": "integer",
    "revenue": "number",
    "last_purchase": "datetime",
}
"""Their types, before the first event is there to try them on."""

COMPUTED_DEFAULTS: dict[str, float | str | bool | None] = {"event_count": 0, "purchases": 0}
"""Their values for a profile without events, where that is not simply nothing."""

PURCHASES = ("purchase", "purchased", "order", "order completed", "order_completed", "order placed", "order_placed")
"""Names of events that count as purchases, compared without regard to case."""

AMOUNTS = ("revenue", "amount", "amount_usd", "total", "value")
"""Properties that say how much a purchase was worth; the first one that is a number counts."""

MACROS = (
    "CREATE MACRO number(x) AS CASE WHEN isfinite(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS DOUBLE) END",
    f"CREATE MACRO is_purchase(name) AS lower(name) IN ({', '.join(repr(name) for name in PURCHASES)})",
    f"CREATE MACRO amount(p) AS coalesce({', '.join(f'number(p[{name!r}])' for name in AMOUNTS)})",
)
