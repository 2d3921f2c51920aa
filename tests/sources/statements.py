"""All statements of a pull, as each dialect says them. `python -m tests.sources.statements` writes them down anew."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from audience_sync.sources.warehouses.pushdown.pack import Pack
from audience_sync.sources.warehouses.pushdown.packs import PACKS
from audience_sync.sources.warehouses.pushdown.places import Place
from audience_sync.sources.warehouses.pushdown.statements import Selected

GOLDEN = Path(__file__).parent / "golden"
FIELDS: "list[pa.Field[Any]]" = [
    pa.field("id", pa.string()),
    pa.field("weird `\"\\'", pa.string()),
    pa.field("score", pa.float64()),
    pa.field("paid", pa.decimal128(10, 2)),
    pa.field("vip", pa.bool_()),
    pa.field("born", pa.date32()),
    pa.field("opens", pa.time64("us")),
    pa.field("seen_at", pa.timestamp("us", "UTC")),
    pa.field("local_at", pa.timestamp("us")),
    pa.field("tags", pa.list_(pa.string())),
]
COLUMNS = pa.schema(FIELDS)


def statements(pack: Pack) -> list[str]:
    """Those of a pull with a base, in their order."""
    place = Place(pack, "shop.state", "11111111-1111-1111-1111-111111111111")
    state, base = place.name("2" * 32), place.table(place.name("3" * 32))
    asking = place.asking(Selected("SELECT * FROM customers", COLUMNS, 0), state)
    return [
        place.listing,
        *asking.create(),
        *asking.ask(["00ff", "ff00"]),
        asking.see(),
        asking.want(base),
        asking.counts(),
        asking.gone(base),
        asking.rows(everybody=False),
        asking.listed(everybody=False),
        *asking.keep(place.table(state)),
    ]


def script(pack: Pack) -> str:
    """The statements as a file."""
    return "".join(f"{each};\n\n" for each in statements(pack))


if __name__ == "__main__":
    for name, pack in PACKS.items():
        (GOLDEN / f"{name}.sql").write_text(script(pack), "utf-8")
