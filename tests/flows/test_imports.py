"""Files and traits are an administrator's job; the trail counts rows and names nobody."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from audience_sync.app import App
from audience_sync.errors import Forbidden, Invalid
from audience_sync.flows import imports
from audience_sync.model.permissions import Actor
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import Scene

PEOPLE = "profile_id,email\np1,ann@example.com\np2,ben@example.com\n,nobody@example.com\n"
COUNT = "count(*) FILTER (name = 'login')"

CHANGES: dict[str, Callable[[App, Actor, Path], Awaitable[object]]] = {
    "import_file": lambda app, actor, file: imports.import_file(app, actor, "profiles", file),
    "set_trait": lambda app, actor, file: imports.set_trait(app, actor, "logins", COUNT),
    "remove_trait": lambda app, actor, file: imports.remove_trait(app, actor, "revenue"),
}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    return file


@pytest.mark.parametrize("flow", CHANGES)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_changes_the_store(light: Scene, people: Path, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await CHANGES[flow](light.app, actor, people)
    assert light.app.source.snapshot() == "0"


@pytest.mark.parametrize("flow", CHANGES)
async def test_an_admin_does(light: Scene, people: Path, flow: str) -> None:
    await CHANGES[flow](light.app, ADMIN, people)
    assert light.app.source.snapshot() != "0"


@pytest.mark.parametrize("actor", [ADMIN, MARKETER, VIEWER], ids=lambda actor: actor.id)
async def test_who_reads_sees_the_traits(light: Scene, actor: Actor) -> None:
    found = {each.name: each.type for each in await imports.traits(light.app, actor)}
    assert (found["revenue"], found["last_purchase"]) == ("number", "datetime")


async def test_an_outsider_sees_no_traits(light: Scene) -> None:
    with pytest.raises(Forbidden):
        await imports.traits(light.app, OUTSIDER)


async def test_a_file_is_taken_in_and_its_rejects_are_put_aside(here: Scene, people: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    done = await imports.import_file(here.app, ADMIN, "profiles", people, rejects=rejects)
    assert (done.rows, done.accepted, done.rejected, done.created) == (3, 2, 1, 2)
    assert len(rejects.read_text().splitlines()) == 2


async def test_the_trail_counts_rows_and_names_nobody(here: Scene, people: Path) -> None:
    done = await imports.import_file(here.app, ADMIN, "profiles", people)
    (entry,) = await here.trail()
    assert (entry.action, entry.actor_name, entry.on.id) == ("import.profiles", "Ada Admin", done.snapshot)
    assert (entry.detail["accepted"], entry.detail["rejected"]) == (2, 1)
    assert "example.com" not in str(entry)


async def test_columns_are_mapped_as_told(light: Scene, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who;reach\np1;ann@example.com\n")
    mapping = {"who": "profile_id", "reach": "email"}
    assert (await imports.import_file(light.app, ADMIN, "profiles", file, mapping=mapping)).created == 1


async def test_progress_is_told_up_to_the_end(light: Scene, people: Path) -> None:
    told: list[tuple[int, int, int]] = []
    await imports.import_file(
        light.app, ADMIN, "profiles", people, progress=lambda done, total, rows: told.append((done, total, rows))
    )
    assert told[-1][:2] == (len(PEOPLE), len(PEOPLE))


@pytest.mark.parametrize("kind", ["profile", ""])
async def test_an_unknown_kind_is_refused_with_the_known_ones(light: Scene, people: Path, kind: str) -> None:
    with pytest.raises(Invalid, match="profiles, events, consents, traits"):
        await imports.import_file(light.app, ADMIN, kind, people)


async def test_a_file_that_is_not_there_leaves_no_trace(light: Scene, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await imports.import_file(light.app, ADMIN, "profiles", tmp_path / "none.csv")
    assert await light.trail() == []


async def test_a_trait_is_computed_until_it_is_removed(here: Scene) -> None:
    await imports.set_trait(here.app, ADMIN, "logins", COUNT)
    assert ("logins", COUNT) in [(each.name, each.expression) for each in await imports.traits(here.app, VIEWER)]
    await imports.remove_trait(here.app, ADMIN, "logins")
    assert "logins" not in [each.name for each in await imports.traits(here.app, VIEWER)]
    assert [each.action for each in await here.trail()] == ["trait.removed", "trait.set"]


@pytest.mark.parametrize("expression", ["count(", "nonsense", "name, time", "1) FROM events; SELECT (1"])
async def test_a_trait_that_cannot_be_computed_changes_nothing(light: Scene, expression: str) -> None:
    with pytest.raises(Invalid):
        await imports.set_trait(light.app, ADMIN, "odd", expression)
    assert await light.trail() == []
