"""The pretend platforms of the demo: how each is set so that minutes stand for days, and where each keeps our keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.model.identifiers import KeyColumn
from audience_sync.settings import Settings

REQUESTS_PER_SECOND = 100.0
"""The pretend platforms have no limit."""


@dataclass(frozen=True, slots=True)
class Pretend:
    """`sandbox`: settings of the pretend platform. `settings`: ours for it, without its name.

    `filed`: names under which it keeps keys, where they are not the column's own name on the wire.
    """

    sandbox: Mapping[str, object]
    settings: Mapping[str, object] = field(default_factory=dict)
    filed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def names(self, column: KeyColumn) -> tuple[str, ...]:
        return self.filed.get(column.wire, (column.wire,))


PRETENDS = {
    # Real platforms take hours to count, and show no size of a list as small as the demo's.
    "meta": Pretend({"processing_seconds": 0.0}),
    "google": Pretend(
        {"processing_seconds": 1.0, "smallest_size": 100},
        # Ours ask half an hour after the upload, and leave two minutes between the clocks; here is one clock.
        {"first_check_seconds": 1.0, "clock_margin_seconds": 1.0},
    ),
    "tiktok": Pretend(
        {"processing_seconds": 0.0, "min_size": 100},
        filed={"MAID_SHA256": ("IDFA_SHA256", "AAID_SHA256")},
    ),
    "snapchat": Pretend(
        # It is sent one kind of key at a time, cannot tell whose they are, and counts each as somebody.
        {"processing_seconds": 0.0, "activation_seconds": 0.0, "min_size": 100, "match_share": 0.46},
        {"app_requests_per_second": REQUESTS_PER_SECOND},
    ),
}
SHOWN = tuple(platform for platform in CONNECTORS if platform in PRETENDS)
"""The platforms of the demo, in the order in which they are offered."""


def settings_for(sandbox_url: str) -> dict[str, object]:
    """Settings that lead every connector of the demo to its pretend platform, under its name at that address."""
    chosen: dict[str, object] = {}
    for platform in SHOWN:
        chosen |= {f"{platform}_{name}": value for name, value in _of_one(f"{sandbox_url}/{platform}").items()}
        chosen |= {f"{platform}_{name}": value for name, value in PRETENDS[platform].settings.items()}
    return {name: value for name, value in chosen.items() if name in Settings.model_fields}


def _of_one(url: str) -> dict[str, object]:
    """What any platform may be told; those that lack a setting lose it."""
    return {
        "app_id": "sandbox-app",
        "app_secret": "sandbox-secret",  # Known to everybody: it opens the pretend platform only.
        **{f"{name}_url": url for name in ("api", "login", "token", "ads")},
        "requests_per_second": REQUESTS_PER_SECOND,
    }
