"""A profile's identifiers as they travel from a source to `identity`: raw, columnar, never stored by us elsewhere."""

import pyarrow as pa

from audience_sync.model.identifiers import HINTS, NAMING

TEXTS = pa.list_(pa.string())

RAW_SCHEMA = pa.schema(
    [
        pa.field("profile_id", pa.string(), nullable=False),
        *(pa.field(str(kind), TEXTS) for kind in NAMING),
        pa.field("mobile_ad_os", TEXTS),  # Parallel to mobile_ad_id: "ios", "android" or null.
        *(pa.field(str(kind), pa.string()) for kind in HINTS),
    ]
)
"""One row per profile. Naming kinds are lists (empty or null when there are none), hints are single texts.
`country` is the profile's own and is also the default region of its phones."""

REFUSALS = "refusals"
"""Column of a keys table: texts `<kind>:<reason>` for each identifier that could not become a key."""
