"""An export's life: who may ask, what is refused, what is in the row, and how its file ends."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from audience_sync.errors import Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import exports
from audience_sync.flows.exporting import keeping
from audience_sync.flows.exporting.executing import execute
from audience_sync.flows.exports import ExportOver
from audience_sync.model.exports import ExportOptions
from audience_sync.model.permissions import ROLES, SHELL, Actor, ActorKind
from audience_sync.store import audit
from audience_sync.store.exports import Export
from tests.cast import MARKETER, OUTSIDER, VIEWER
from tests.flows.exporting import REASON, ask, done, file_of, furnish, made, rows_of
from tests.world import House, house

ANALYST = Actor(ActorKind.USER, "analyst", "Ana Analyst", ROLES["analyst"])
OTHER = Actor(ActorKind.USER, "other", "Otto Other", ROLES["operator"])


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, database_url=sqlite_url) as made:
        furnish(made)
        yield made


@pytest.fixture
async def on_each(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """For claims that a database could break."""
    async with house(tmp_path, database_url=database_url) as made:
        furnish(made)
        yield made


async def trail(home: House) -> list[audit.Entry]:
    async with home.app.database.read() as session:
        return [entry for entry in await audit.entries(session) if entry.action.startswith("export.")]


def signature(link: exports.ExportLink) -> str:
    return link.url.partition("signature=")[2]


@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_who_may_export_does(home: House, actor: Actor) -> None:
    segment = await home.segment()
    export = await made(home, segment=segment)
    for attempt in (
        exports.start(home.app, actor, segment, ExportOptions()),
        exports.get(home.app, actor, export.id),
        exports.list_exports(home.app, actor),
        exports.cancel(home.app, actor, export.id),
        exports.revoke(home.app, actor, export.id),
        exports.link(home.app, actor, export.id),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_the_specification_s_figures(on_each: House) -> None:
    asked = await exports.start(
        on_each.app, ANALYST, await on_each.segment(name="High Value Customers"), ExportOptions()
    )
    assert (asked.status, asked.progress.percent, asked.file_name) == ("queued", 0, "")
    export = await done(on_each, asked)
    assert export.file_name == "high-value-customers-2026-11-24.csv"
    assert (export.status, export.progress.percent) == ("completed", 100)
    assert (export.segment_size, export.profiles, export.withheld) == (4, 3, {"no_consent": 1})
    assert export.size_bytes == file_of(on_each, export).stat().st_size
    assert export.expires_at == on_each.clock.moment.replace(day=25)


async def test_what_is_hashed_needs_no_reason(home: House) -> None:
    assert not (await ask(home, reason="", hashing="sha256")).readable


@pytest.mark.parametrize("reason", ["", "   ", "because"])
async def test_what_can_be_read_needs_a_reason(home: House, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(home, reason=reason, hashing="none")
    assert (refused.value.code, refused.value.details) == ("REASON_NEEDED", {"readable": ["email", "phone"]})
    assert "hashed" in refused.value.hint


async def test_a_platform_s_readable_device_ids_need_one_too(home: House) -> None:
    with pytest.raises(Invalid, match="mobile_ad_id in clear"):
        await ask(home, reason="", hashing="meta", identifiers=("email", "mobile_ad_id"))


async def test_the_reason_is_in_the_trail_without_what_was_exported(home: House) -> None:
    export = await made(home, hashing="none")
    await exports.link(home.app, SHELL, export.id)
    link, start = await trail(home)
    assert (start.action, start.detail["reason"], start.detail["readable"]) == (
        "export.start",
        REASON,
        ["email", "phone"],
    )
    assert (link.action, link.on.id) == ("export.link", export.id)
    assert "example.com" not in str(start.detail)


@pytest.mark.parametrize(
    "choices",
    [
        {"hashing": "nowhere"},
        {"template": "meta", "format": "json"},
        {"template": "meta", "hashing": "sha256"},
        {"template": "google", "traits": True},
        {"template": "google", "identifiers": ("gender",)},
        {"template": "google", "identifiers": ("country",)},
        {"identifiers": (), "traits": False},
    ],
    ids=str,
)
async def test_what_cannot_be_is_refused_at_once(home: House, choices: dict[str, Any]) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        await ask(home, **choices)
    assert refused.value.hint


async def test_a_segment_that_is_not_there_is_refused(home: House) -> None:
    with pytest.raises(NotFound):
        await exports.start(home.app, SHELL, "nothing", ExportOptions())


async def test_a_segment_deleted_meanwhile_fails_the_export(on_each: House) -> None:
    asked = await ask(on_each)
    async with on_each.app.database.write() as session:
        await session.execute(sa.text("DELETE FROM segments"))
    export = await done(on_each, asked)
    assert (export.status, export.error["code"], export.segment_id) == ("failed", "SOURCE_ERROR", "")


async def test_exports_are_listed_newest_first_page_by_page(on_each: House) -> None:
    asked = [(await ask(on_each)).id for _ in range(3)]
    first = await exports.list_exports(on_each.app, SHELL, limit=2)
    rest = await exports.list_exports(on_each.app, SHELL, limit=2, cursor=first.next_cursor)
    assert [each.id for each in (*first.items, *rest.items)] == asked[::-1]
    assert rest.next_cursor == ""


async def test_a_queued_export_is_cancelled_at_once(home: House) -> None:
    asked = await ask(home)
    await exports.cancel(home.app, SHELL, asked.id)
    assert (await done(home, asked)).status == "cancelled"
    with pytest.raises(Conflict):
        await exports.cancel(home.app, SHELL, asked.id)


async def test_a_link_opens_the_file_and_is_counted(home: House) -> None:
    export = await made(home)
    link = await exports.link(home.app, ANALYST, export.id)
    assert (link.expires_at, link.url.startswith("http://127.0.0.1:8000/api/v1/exports/")) == (export.expires_at, True)
    file = await exports.fetch(home.app, export.id, signature(link))
    assert (file.path.read_bytes(), file.name) == (file_of(home, export).read_bytes(), export.file_name)
    assert (await exports.get(home.app, SHELL, export.id)).downloads == 1
    assert [entry.action for entry in await trail(home)][:2] == ["export.download", "export.link"]


async def test_a_link_of_another_export_opens_nothing(home: House) -> None:
    one, two = await made(home), await made(home)
    link = await exports.link(home.app, SHELL, one.id)
    for forged in (signature(link), "", "x.y", signature(link)[:-2]):
        with pytest.raises(Forbidden, match="not made by us"):
            await exports.fetch(home.app, two.id, forged)


async def test_a_link_to_nothing_says_no_more_than_a_forged_one(home: House) -> None:
    with pytest.raises(Forbidden, match="not made by us"):
        await exports.fetch(home.app, "nothing", "x.y")


async def test_after_its_hours_a_link_is_over_and_the_file_gone(on_each: House) -> None:
    export = await made(on_each)
    link = await exports.link(on_each.app, SHELL, export.id)
    on_each.clock.advance(hours=24)
    with pytest.raises(ExportOver, match="expired"):
        await exports.fetch(on_each.app, export.id, signature(link))
    assert await keeping.expire(on_each.app) == 1
    assert not file_of(on_each, export).exists()
    with pytest.raises(ExportOver, match="expired"):
        await exports.fetch(on_each.app, export.id, signature(link))


async def test_a_revoked_link_is_over_at_once_and_the_file_gone(home: House) -> None:
    export = await made(home)
    link = await exports.link(home.app, SHELL, export.id)
    assert (await exports.revoke(home.app, SHELL, export.id)).status == "expired"
    assert not file_of(home, export).exists()
    with pytest.raises(ExportOver) as over:
        await exports.fetch(home.app, export.id, signature(link))
    assert (over.value.status, over.value.code) == (410, "EXPORT_REVOKED")


async def test_a_file_that_can_be_read_is_for_who_gave_the_reason(home: House) -> None:
    export = await done(home, await ask(home, actor=ANALYST, hashing="none"))
    await exports.link(home.app, ANALYST, export.id)
    await exports.link(home.app, SHELL, export.id)
    with pytest.raises(Forbidden, match="Ana Analyst"):
        await exports.link(home.app, OTHER, export.id)


async def test_there_is_no_link_before_there_is_a_file(home: House) -> None:
    asked = await ask(home)
    with pytest.raises(Conflict):
        await exports.link(home.app, SHELL, asked.id)


async def test_the_file_is_for_its_owner_only(home: House) -> None:
    export = await made(home)
    assert file_of(home, export).stat().st_mode & 0o777 == 0o600
    assert file_of(home, export).parent.stat().st_mode & 0o777 == 0o700


async def test_an_export_that_is_begun_again_replaces_what_was_half_made(on_each: House) -> None:
    asked = await ask(on_each)
    on_each.app.settings.exports_dir.mkdir()
    left = on_each.app.settings.exports_dir / f"{asked.id}.1.part"
    left.write_text("half")
    async with on_each.app.database.write() as session:
        await session.execute(sa.update(Export).values(status="running", starts=1, rows=3, total=9))
    export = await done(on_each, asked)
    assert (export.status, export.profiles, left.exists()) == ("completed", 3, False)


async def test_an_export_that_kills_its_workers_is_given_up(home: House) -> None:
    asked = await ask(home)
    async with home.app.database.write() as session:
        await session.execute(sa.update(Export).values(status="running", starts=10))
    export = await done(home, asked)
    assert (export.status, export.error["code"]) == ("failed", "EXPORT_GAVE_UP")


async def test_an_ended_export_is_not_done_again(home: House) -> None:
    export = await made(home)
    before = file_of(home, export).stat().st_mtime_ns
    await execute(home.app, export.id)
    assert file_of(home, export).stat().st_mtime_ns == before


async def test_strangers_files_are_swept_away_after_a_while(home: House) -> None:
    export = await made(home)
    folder = home.app.settings.exports_dir
    for name in ("stranger.1.part", "stranger"):
        (folder / name).touch()
    import_time = folder.stat().st_mtime - 7200
    assert await keeping.sweep(home.app) == 0
    for name in ("stranger.1.part", "stranger", export.id):
        _age(folder / name, import_time)
    assert await keeping.sweep(home.app) == 2
    assert [file.name for file in folder.iterdir()] == [export.id]


def _age(file: Path, moment: float) -> None:
    os.utime(file, (moment, moment))


async def test_hashed_by_a_platform_s_rules_is_what_a_sync_would_send(home: House) -> None:
    export = await made(home, hashing="meta", identifiers=("email", "phone"))
    row = rows_of(home, export)["a"]
    assert row["email"] == hashlib.sha256(b"ann@example.com").hexdigest()
    assert row["phone"] == hashlib.sha256(b"14155550123").hexdigest()


async def test_an_error_of_ours_ends_the_export_with_its_words(home: House) -> None:
    segment = await home.segment({"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE nothing = 1"})
    export = await made(home, segment=segment)
    assert (export.status, export.error["code"]) == ("failed", "INVALID")
    assert "nothing" in str(export.error["message"])
