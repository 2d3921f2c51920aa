"""The audit trail is written with the change, or not at all."""

from audience_sync.model.permissions import SHELL
from audience_sync.store.audit import Entry, Thing, entries, record
from audience_sync.store.database import Database
from tests.clock import Clock

USER = Thing("user", "u1")


async def write(database: Database, clock: Clock, *actions: str, on: Thing = USER) -> None:
    async with database.write() as session:
        for action in actions:
            record(session, SHELL, action, on=on, at=clock.now(), role="admin")


async def test_an_entry_says_who_did_what_to_what_and_when(database: Database, clock: Clock) -> None:
    await write(database, clock, "user.added")
    async with database.read() as session:
        (entry,) = await entries(session)
    expected = Entry(entry.id, clock.now(), "shell", SHELL.id, SHELL.name, "user.added", USER, {"role": "admin"})
    assert entry == expected


async def test_a_change_that_fails_leaves_no_entry(database: Database, clock: Clock) -> None:
    try:
        async with database.write() as session:
            record(session, SHELL, "user.added", on=USER, at=clock.now())
            raise KeyError
    except KeyError:
        pass
    async with database.read() as session:
        assert await entries(session) == []


async def test_pages_run_from_the_newest_back_without_a_gap(database: Database, clock: Clock) -> None:
    await write(database, clock, "a", "b", "c")
    async with database.read() as session:
        first = await entries(session, limit=2)
        rest = await entries(session, limit=2, before=first[-1].id)
    assert [entry.action for entry in first + rest] == ["c", "b", "a"]


async def test_the_trail_of_one_thing_holds_nothing_else(database: Database, clock: Clock) -> None:
    await write(database, clock, "user.added")
    await write(database, clock, "user.disabled", on=Thing("user", "u2"))
    async with database.read() as session:
        assert [entry.on.id for entry in await entries(session, on=USER)] == ["u1"]
