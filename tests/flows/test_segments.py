"""Segments are made and changed by those who may create, seen by those who may read, and say how many they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audience_sync.app import App
from audience_sync.errors import AudienceSyncError, Conflict, Forbidden, Invalid, NotFound
from audience_sync.flows import connect, segments
from audience_sync.flows.segments import SegmentDraft, SegmentView
from audience_sync.flows.sizes import question
from audience_sync.model.permissions import Actor
from audience_sync.model.segments import ListKind
from audience_sync.settings import ConsentPolicy
from audience_sync.sources.builtin.imports import import_file
from audience_sync.store.audiences import Audience
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import SYSTEM_USER, Scene, scene

PEOPLE = """profile_id,email,phone,plan,consent:ads
p1,ann@example.com,+12015550101,gold,yes
p2,ben@example.com,,gold,no
p3,cem@example.com,+12015550103,free,yes
"""
EVERYONE: dict[str, Any] = {"type": "rules", "rules": {"all": []}}
GOLD: dict[str, Any] = {"type": "rules", "rules": {"attribute": "plan", "op": "is", "value": "gold"}}
RAW = ("ann@example.com", "ben@example.com", "cem@example.com", "+12015550101", "+12015550103")

CHANGES: dict[str, Callable[[App, Actor], Awaitable[object]]] = {
    "create": lambda app, actor: segments.create(app, actor, SegmentDraft("Gold", GOLD)),
    "create_list": lambda app, actor: segments.create_list(app, actor, "Some", "email", values=["ann@example.com"]),
    "update": lambda app, actor: segments.update(app, actor, "s", name="Silver"),
    "delete": lambda app, actor: segments.delete(app, actor, "s"),
    "preview": lambda app, actor: segments.preview(app, actor, GOLD),
}
VIEWS: dict[str, Callable[[App, Actor, str], Awaitable[object]]] = {
    "list_segments": lambda app, actor, found: segments.list_segments(app, actor),
    "get": segments.get,
    "members": segments.members,
    "catalog": lambda app, actor, found: segments.catalog(app, actor),
}


async def with_people(made: Scene, folder: Path) -> Scene:
    file = folder / "people.csv"
    file.write_text(PEOPLE)
    await asyncio.to_thread(import_file, made.app.settings.profiles_dir, "profiles", file)
    return made


@pytest.fixture
async def here(tmp_path: Path, database_url: str) -> AsyncIterator[Scene]:
    async with scene(tmp_path, database_url) as made:
        yield await with_people(made, tmp_path)


@pytest.fixture
async def light(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Scene]:
    """For claims that no database can break."""
    async with scene(tmp_path, sqlite_url) as made:
        yield await with_people(made, tmp_path)


async def make(at: Scene, name: str = "Gold", definition: dict[str, Any] = GOLD) -> SegmentView:
    return await segments.create(at.app, MARKETER, SegmentDraft(name, definition))


async def audience_of(at: Scene, segment_id: str, name: str = "Big Spenders", state: str = "active") -> None:
    made = await connect.connect_with_token(at.app, ADMIN, "meta", SYSTEM_USER)
    async with at.app.database.write() as session:
        session.add(
            Audience(
                id=f"a-{name}",
                segment_id=segment_id,
                ad_account_id=made.connection.accounts[0].id,
                platform="meta",
                name=name,
                marker="audience-sync:test",
                state=state,
                created_at=at.app.now(),
            )
        )


def lists_of(at: Scene) -> Iterator[Path]:
    return at.app.source.folder.lists.iterdir()


# --- Who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", CHANGES)
@pytest.mark.parametrize("actor", [VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_who_may_not_create_changes_nothing(light: Scene, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await CHANGES[flow](light.app, actor)
    assert (await segments.list_segments(light.app, VIEWER)).items == ()


@pytest.mark.parametrize("flow", ["create", "create_list", "preview"])
@pytest.mark.parametrize("actor", [ADMIN, MARKETER], ids=lambda actor: actor.id)
async def test_who_may_create_does(light: Scene, flow: str, actor: Actor) -> None:
    assert await CHANGES[flow](light.app, actor)


@pytest.mark.parametrize("flow", VIEWS)
@pytest.mark.parametrize("actor", [ADMIN, MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_who_reads_sees_segments(light: Scene, flow: str, actor: Actor) -> None:
    found = (await make(light)).id
    if actor is OUTSIDER:
        with pytest.raises(Forbidden):
            await VIEWS[flow](light.app, actor, found)
    else:
        await VIEWS[flow](light.app, actor, found)


@pytest.mark.parametrize("flow", ["update", "delete"])
async def test_a_segment_that_is_not_there_is_not_found(light: Scene, flow: str) -> None:
    with pytest.raises(NotFound):
        await CHANGES[flow](light.app, MARKETER)


# --- Making ------------------------------------------------------------------------------------------------------


async def test_a_new_segment_says_how_many_it_is_and_when(here: Scene) -> None:
    made = await segments.create(here.app, MARKETER, SegmentDraft(" Gold ", GOLD, "Who pays"))
    assert (made.name, made.description, made.created_by, made.audiences) == ("Gold", "Who pays", "Mia Marketer", 0)
    assert (made.size.profiles, made.size.eligible, made.size.withheld) == (2, 1, {"no_consent": 1})
    assert made.size.as_of <= here.app.now()
    got = await segments.get(here.app, VIEWER, made.id)
    assert (got.name, got.definition, got.size.profiles) == ("Gold", GOLD, 2)


async def test_a_name_is_taken_once(here: Scene) -> None:
    await make(here)
    with pytest.raises(Conflict) as caught:
        await make(here, definition=EVERYONE)
    assert caught.value.code == "NAME_TAKEN"
    assert len((await segments.list_segments(here.app, VIEWER)).items) == 1


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "a\nb"])
async def test_a_name_that_cannot_be_shown_is_refused(light: Scene, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        await make(light, name=name)
    assert caught.value.code == "INVALID_NAME"


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"type": "rules", "rules": {"attribute": "nowhere", "op": "is", "value": 1}},
        {"type": "sql", "sql": "DROP TABLE profiles"},
        {"type": "sql", "sql": "SELECT * FROM read_csv('/etc/passwd')"},
    ],
    ids=["empty", "unknown attribute", "no select", "a file"],
)
async def test_what_cannot_be_evaluated_is_not_made(light: Scene, definition: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await make(light, definition=definition)
    assert (await segments.list_segments(light.app, VIEWER)).items == ()


async def test_a_segment_by_sql_is_counted(light: Scene) -> None:
    made = await make(light, definition={"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE plan = 'free'"})
    assert made.size.profiles == 1


async def test_consent_is_asked_for_as_the_settings_say(tmp_path: Path, sqlite_url: str) -> None:
    async with scene(tmp_path, sqlite_url, consent_policy=ConsentPolicy.NOT_DENIED, default_country="DE") as made:
        asked = question(made.app, seconds=1)
    assert (asked.consent_policy, asked.default_country, asked.seconds) == ("not_denied", "DE", 1)
    assert (asked.consent_purpose, asked.snapshot) == ("ads", "0")


# --- Lists -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "profiles"),
    [
        ("email", [" ANN@example.com", "ann@example.com", "nobody@example.com"], 1),
        ("phone", ["(201) 555-0101", "+1 201 555 0103"], 1),
        ("profile_id", ["p1", "p3"], 2),
    ],
)
async def test_a_list_is_a_segment_of_whom_it_names(light: Scene, kind: str, values: list[str], profiles: int) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", kind, values=values)
    assert made.size.profiles == profiles
    assert made.definition["type"] == "list"


async def test_a_list_comes_from_a_file(light: Scene, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email\nann@example.com\ncem@example.com\n")
    made = await segments.create_list(light.app, MARKETER, "Some", ListKind.EMAIL, values=file)
    assert made.size.profiles == 2


async def test_a_segment_holds_no_value_of_its_list(light: Scene) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    assert "ann@" not in f"{made}{await light.trail()}"


async def test_a_list_of_something_else_is_refused(light: Scene) -> None:
    with pytest.raises(Invalid, match="profile_id, email, phone"):
        await segments.create_list(light.app, MARKETER, "Some", "shoe_size", values=["42"])


async def test_a_list_whose_name_is_taken_leaves_nothing_behind(light: Scene) -> None:
    await make(light, name="Some")
    with pytest.raises(Conflict):
        await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    assert list(lists_of(light)) == []


async def test_a_deleted_segment_takes_its_list_along(light: Scene) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    await segments.delete(light.app, MARKETER, made.id)
    assert list(lists_of(light)) == []


async def test_a_list_that_another_segment_has_stays(light: Scene) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    twin = await make(light, "Twin", dict(made.definition))
    await segments.delete(light.app, MARKETER, made.id)
    assert (await segments.get(light.app, VIEWER, twin.id)).size.profiles == 1


async def test_a_segment_that_is_no_list_any_more_drops_it(light: Scene) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    await segments.update(light.app, MARKETER, made.id, definition=GOLD)
    assert list(lists_of(light)) == []


# --- Listing -----------------------------------------------------------------------------------------------------


async def test_segments_are_listed_by_name_page_by_page(here: Scene) -> None:
    for name in ("Cats", "Ants", "Bees"):
        await make(here, name)
    first = await segments.list_segments(here.app, VIEWER, limit=2)
    rest = await segments.list_segments(here.app, VIEWER, after=first.next_cursor, limit=2)
    assert [each.name for each in first.items + rest.items] == ["Ants", "Bees", "Cats"]
    assert (first.items[0].size.profiles, rest.next_cursor) == (2, "")


async def test_a_search_looks_into_names_and_knows_no_wildcards(here: Scene) -> None:
    for name in ("Big Spenders", "50% off", "Newsletter"):
        await make(here, name)
    found = [await segments.list_segments(here.app, VIEWER, search=text) for text in ("SPEND", "%", "_")]
    assert [[each.name for each in page.items] for page in found] == [["Big Spenders"], ["50% off"], []]


async def test_a_size_that_cannot_be_known_is_unknown_with_its_reason(light: Scene) -> None:
    made = await segments.create_list(light.app, MARKETER, "Some", "email", values=["ann@example.com"])
    await asyncio.to_thread(light.app.source.remove_list, made.definition["list"])
    (listed,) = (await segments.list_segments(light.app, VIEWER)).items
    assert (listed.size.profiles, listed.size.eligible) == (None, None)
    assert "list is gone" in listed.size.problem


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_a_size(light: Scene, limit: int) -> None:
    with pytest.raises(Invalid):
        await segments.list_segments(light.app, VIEWER, limit=limit)


# --- Changing ----------------------------------------------------------------------------------------------------


async def test_a_change_leaves_the_rest(here: Scene) -> None:
    made = await segments.create(here.app, MARKETER, SegmentDraft("Gold", GOLD, "Who pays"))
    changed = await segments.update(here.app, MARKETER, made.id, definition=EVERYONE)
    assert (changed.name, changed.description, changed.size.profiles) == ("Gold", "Who pays", 3)
    renamed = await segments.update(here.app, MARKETER, made.id, name="Everyone", description="")
    assert (renamed.name, renamed.description, renamed.definition) == ("Everyone", "", EVERYONE)


async def test_a_segment_does_not_take_the_name_of_another(here: Scene) -> None:
    await make(here, "Gold")
    silver = await make(here, "Silver")
    with pytest.raises(Conflict) as caught:
        await segments.update(here.app, MARKETER, silver.id, name="Gold")
    assert caught.value.code == "NAME_TAKEN"


async def test_a_change_that_cannot_be_evaluated_changes_nothing(light: Scene) -> None:
    made = await make(light)
    with pytest.raises(Invalid):
        await segments.update(light.app, MARKETER, made.id, name="New", definition={"type": "sql", "sql": "SELECT 1"})
    assert (await segments.get(light.app, VIEWER, made.id)).name == "Gold"


# --- Deleting ----------------------------------------------------------------------------------------------------


async def test_a_deleted_segment_is_gone(here: Scene) -> None:
    made = await make(here)
    await segments.delete(here.app, MARKETER, made.id)
    with pytest.raises(NotFound):
        await segments.get(here.app, VIEWER, made.id)
    assert (await make(here)).id != made.id


async def test_a_segment_in_use_is_not_deleted_and_names_its_audiences(here: Scene) -> None:
    made = await make(here)
    await audience_of(here, made.id)
    with pytest.raises(Conflict, match="Big Spenders") as caught:
        await segments.delete(here.app, MARKETER, made.id)
    assert caught.value.code == "SEGMENT_IN_USE"
    assert (await segments.get(here.app, VIEWER, made.id)).audiences == 1


async def test_the_ledger_of_a_deleted_audience_outlives_its_segment(here: Scene) -> None:
    made = await make(here)
    await audience_of(here, made.id, state="deleted")
    await segments.delete(here.app, MARKETER, made.id)
    assert (await here.kept_audience("a-Big Spenders")).segment_id == made.id
    assert (await segments.list_segments(here.app, VIEWER)).items == ()
    with pytest.raises(NotFound):
        await segments.update(here.app, MARKETER, made.id, name="Back")
    assert (await make(here, "Gold")).name == "Gold"


# --- Looking -----------------------------------------------------------------------------------------------------


async def test_a_preview_shows_counts_coverage_and_nobody(light: Scene) -> None:
    seen = await segments.preview(light.app, MARKETER, EVERYONE)
    assert (seen.size, seen.eligible, seen.coverage["email"], seen.coverage["phone"]) == (3, 2, 3, 2)
    assert len(seen.sample) == 3
    assert [each for each in RAW if each in str(seen)] == []


async def test_members_are_masked_and_come_page_by_page(light: Scene) -> None:
    made = await make(light, definition=EVERYONE)
    first = await segments.members(light.app, VIEWER, made.id, limit=2)
    rest = await segments.members(light.app, VIEWER, made.id, after=first.next_cursor, limit=2)
    assert [each.profile_id for each in first.items + rest.items] == ["p1", "p2", "p3"]
    assert [each for each in RAW if each in str(first) + str(rest)] == []


async def test_the_catalog_names_what_rules_may_speak_of(light: Scene) -> None:
    found = await segments.catalog(light.app, VIEWER)
    assert "plan" in found.attributes
    assert "ads" in found.consents


# --- The trail ---------------------------------------------------------------------------------------------------


async def test_every_change_is_in_the_trail(here: Scene) -> None:
    made = await make(here)
    await segments.update(here.app, ADMIN, made.id, name="Golden")
    await segments.delete(here.app, ADMIN, made.id)
    assert [(each.action, each.actor_name, each.on.id) for each in await here.trail()] == [
        ("segment.deleted", "Ada Admin", made.id),
        ("segment.changed", "Ada Admin", made.id),
        ("segment.created", "Mia Marketer", made.id),
    ]


async def test_what_is_refused_leaves_no_trace(here: Scene) -> None:
    made = await make(here)
    before = await here.trail()
    for refused in (make(here), segments.update(here.app, VIEWER, made.id, name="x")):
        with pytest.raises(AudienceSyncError):
            await refused
    assert await here.trail() == before
