"""What queries over a snapshot see: profiles, traits, consents and events, whatever files there are.

profiles   profile_id, identifiers (lists or texts), attributes under their own names
traits     profile_id, traits under their own names: imported and computed
consents   profile_id, purpose, granted (true or false), time (or null)
events     profile_id, name, time (UTC), properties (a map of texts)
"""

import duckdb

from audience_sync.model.identifiers import HINTS, NAMING
from audience_sync.sources.builtin.duck import literal, parquet, quoted
from audience_sync.sources.builtin.event_changes import EMPTY_EVENTS
from audience_sync.sources.builtin.fingerprints import COLUMN, FINGERPRINT, kept_tag
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.inference import SQL_TYPES
from audience_sync.sources.builtin.merging import LISTS, TEXTS, layered, stored_profiles
from audience_sync.sources.builtin.traits import MACROS
from audience_sync.sources.protocol import Catalog, FieldType


def types_of(manifest: Manifest) -> dict[str, FieldType]:
    """Types of the stored columns beyond the identifiers."""
    return {name: FieldType(kind) for name, kind in manifest.columns.items()}


def people_of(folder: Folder, manifest: Manifest) -> str:
    """A table expression of the stored profiles as their files have them; `` when there are none."""
    files = [folder.files / name if name else None for name in (manifest.profiles, manifest.delta)]
    return layered(*files)


def show_events(connection: duckdb.DuckDBPyConnection, folder: Folder, manifest: Manifest) -> None:
    """The view `events` and the macros over it."""
    for macro in MACROS:
        connection.execute(macro)
    files = [folder.files / name for name in manifest.events]
    source = f"SELECT * FROM {parquet(*files)}" if files else EMPTY_EVENTS
    connection.execute(f"CREATE VIEW events AS SELECT * EXCLUDE identity FROM ({source})")


def show_people(connection: duckdb.DuckDBPyConnection, folder: Folder, manifest: Manifest) -> None:
    """The views `stored` (profiles as they are kept, with `fp`) and `computed` (traits of all who have events)."""
    types = types_of(manifest)
    kept = COLUMN if manifest.fp_tag == kept_tag() else f"{FINGERPRINT} AS {COLUMN}"
    connection.execute(f"CREATE VIEW stored AS {stored_profiles(people_of(folder, manifest), types, types, kept)}")
    computed = (
        f"SELECT * FROM {parquet(folder.files / manifest.computed)}"
        if manifest.computed
        else f"SELECT {', '.join(['NULL::VARCHAR AS profile_id', *_nothing(manifest)])} WHERE false"
    )
    connection.execute(f"CREATE VIEW computed AS {computed}")


def show_tables(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """The views `profiles`, `traits` and `consents` that segments by SQL may name."""
    attributes = [name for name in manifest.columns if name.startswith("attribute:")]
    own = ", ".join(["profile_id", *LISTS, *TEXTS, *(_under_its_name("s", name) for name in attributes)])
    connection.execute(f"CREATE VIEW profiles AS SELECT {own} FROM stored s")
    imported = [_under_its_name("s", name) for name in manifest.columns if name.startswith("trait:")]
    computed = [f"{computed_trait(name, manifest)} AS {quoted(name)}" for name in manifest.computed_types]
    connection.execute(
        f"CREATE VIEW traits AS SELECT {', '.join(['s.profile_id', *imported, *computed])} "
        "FROM stored s LEFT JOIN computed t ON t.profile_id = s.profile_id"
    )
    purposes = [name.partition(":")[2] for name in manifest.columns if name.startswith("consent:")]
    parts = [_consent(purpose) for purpose in purposes]
    nobody = "SELECT NULL::VARCHAR AS profile_id, NULL::VARCHAR AS purpose, NULL::BOOLEAN AS granted, NULL::TIMESTAMP AS time WHERE false"  # noqa: E501
    connection.execute(f"CREATE VIEW consents AS {' UNION ALL '.join([nobody, *parts])}")


def computed_trait(name: str, manifest: Manifest, *, table: str = "t") -> str:
    """SQL: a computed trait over `computed` as that table, with its value for profiles without events."""
    column, default = f"{table}.{quoted(name)}", manifest.defaults.get(name)
    if default is None:
        return column
    value = literal(default) if isinstance(default, str) else str(default).lower()
    return f"coalesce({column}, {value})"


def catalog_of(manifest: Manifest) -> Catalog:
    """What rules may speak of."""
    types = types_of(manifest)
    computed = {name: FieldType(kind) for name, kind in manifest.computed_types.items()}
    return Catalog(
        attributes=_named(types, "attribute"),
        traits=_named(types, "trait") | computed,
        consents=tuple(_named(types, "consent")),
        events={
            name: {key: FieldType(kind) for key, kind in properties.items()}
            for name, properties in manifest.properties.items()
        },
        identifiers=tuple(str(kind) for kind in (*NAMING, *HINTS)),
    )


def _named(types: dict[str, FieldType], word: str) -> dict[str, FieldType]:
    return {name.partition(":")[2]: kind for name, kind in types.items() if name.startswith(f"{word}:")}


def _under_its_name(table: str, column: str) -> str:
    return f"{table}.{quoted(column)} AS {quoted(column.partition(':')[2])}"


def _consent(purpose: str) -> str:
    granted, at = quoted(f"consent:{purpose}"), quoted(f"consent_at:{purpose}")
    return f"SELECT profile_id, {literal(purpose)}, {granted}, {at} FROM stored WHERE {granted} IS NOT NULL"


def _nothing(manifest: Manifest) -> list[str]:
    return [f"NULL::{SQL_TYPES[FieldType(kind)]} AS {quoted(n)}" for n, kind in manifest.computed_types.items()]
