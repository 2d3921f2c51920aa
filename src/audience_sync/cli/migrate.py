"""Bring the database to the tables that this version needs."""

import asyncio

from audience_sync.cli.printing import AsJson, say, show_json
from audience_sync.cli.shell import quiet_settings
from audience_sync.settings import Settings
from audience_sync.store.database import Database
from audience_sync.store.migrate import migrate as upgrade
from audience_sync.store.migrate import revision


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this version's tables.

    Doing it again changes nothing.

    Example: audience-sync migrate
    """
    before, after = asyncio.run(_migrated(quiet_settings()))
    if as_json:
        show_json({"before": before, "after": after})
    elif before == after:
        say(f"The database is at migration {after} already.")
    else:
        say(f"The database is at migration {after} now; it was at {before or 'none'}.")


async def _migrated(settings: Settings) -> tuple[str, str]:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url, settings.data_dir)
    try:
        before = await revision(database)
        await upgrade(database)
        return before, await revision(database)
    finally:
        await database.close()
