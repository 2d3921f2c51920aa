"""Profiles and events that come one by one: sealed while they wait, in the store once, written by an administrator."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_sync.app import App
from audience_sync.errors import Forbidden, Invalid, NotFound
from audience_sync.flows import hot, profiles
from audience_sync.flows.hot_rows import WORDS, event_rows, profile_rows
from audience_sync.flows.sizes import question
from audience_sync.model.permissions import Actor
from audience_sync.sources.builtin.arrivals import ArrivalKind, Arrived, Row
from audience_sync.sources.builtin.folding import fold
from audience_sync.store import hot as rows
from audience_sync.store.hot import Arrival
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import Scene

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANN = {"profile_id": "p1", "email": "ann@example.com", "attributes": {"Plan": "gold"}, "consents": {"ads": True}}
LOGIN = {"profile_id": "p1", "event": "login", "time": NOON, "properties": {"device": "phone"}}

WRITES: dict[str, Callable[[App, Actor], Awaitable[object]]] = {
    "upsert_profile": lambda app, actor: hot.upsert_profile(app, actor, ANN),
    "upsert_profiles": lambda app, actor: hot.upsert_profiles(app, actor, [ANN]),
    "record_events": lambda app, actor: hot.record_events(app, actor, [LOGIN]),
    "erase_profile": lambda app, actor: hot.erase_profile(app, actor, "nobody"),
    "fold_now": lambda app, actor: hot.fold_now(app, actor),
}


async def waiting(app: App) -> int:
    return (await hot.pending(app, VIEWER)).rows


@pytest.mark.parametrize("flow", WRITES)
@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_only_an_admin_writes(light: Scene, flow: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        await WRITES[flow](light.app, actor)
    assert await waiting(light.app) == 0


async def test_an_outsider_does_not_see_what_waits(light: Scene) -> None:
    with pytest.raises(Forbidden):
        await hot.pending(light.app, OUTSIDER)


async def test_what_was_taken_waits_and_then_is_in_the_store(here: Scene) -> None:
    taken = await hot.upsert_profile(here.app, ADMIN, ANN)
    await hot.record_events(here.app, ADMIN, [LOGIN, LOGIN])
    assert await waiting(here.app) == 3
    (done,) = await hot.fold_now(here.app, ADMIN)
    assert (done.created, done.events, done.refused, await waiting(here.app)) == (1, 2, 0, 0)
    view = await profiles.get(here.app, VIEWER, taken.id)
    assert view.attributes == {"plan": "gold"}


async def test_what_waits_is_sealed(here: Scene) -> None:
    await hot.upsert_profile(here.app, ADMIN, ANN)
    async with here.app.database.read() as session:
        row = (await session.execute(sa.select(Arrival))).scalar_one()
    shown = " ".join(str(getattr(row, column.key)) for column in sa.inspect(Arrival).columns)
    assert [word for word in ("ann@", "p1", "gold") if word in shown.replace(row.sealed, "")] == []
    assert (row.sealed[:3], row.rows) == ("v1.", 1)


async def test_the_last_of_several_requests_counts(here: Scene) -> None:
    for name in ("one", "two", "three"):
        await hot.upsert_profile(here.app, ADMIN, {"profile_id": "p1", "email": f"{name}@example.com"})
    await hot.fold_now(here.app, ADMIN)
    found = here.app.source.whole("p1", question(here.app))
    assert found is not None and found.identifiers == {"email": ("three@example.com",)}


async def test_after_an_interruption_nothing_is_folded_in_twice(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await hot.upsert_profile(here.app, ADMIN, {**ANN, "email": "old@example.com"})

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(rows, "drop", die)
        await hot._fold(here.app)
    assert await waiting(here.app) == 1
    snapshot = here.app.source.snapshot()
    await hot.fold_now(here.app, ADMIN)
    assert (await waiting(here.app), here.app.source.snapshot()) == (0, snapshot)


async def test_an_erased_profile_is_gone_with_the_next_fold(here: Scene) -> None:
    taken = await hot.upsert_profile(here.app, ADMIN, ANN)
    await hot.fold_now(here.app, ADMIN)
    await hot.erase_profile(here.app, ADMIN, taken.id)
    await hot.fold_now(here.app, ADMIN)
    with pytest.raises(NotFound):
        await profiles.get(here.app, VIEWER, taken.id)


async def test_a_handle_of_nothing_erases_nobody(light: Scene) -> None:
    with pytest.raises(NotFound):
        await hot.erase_profile(light.app, ADMIN, "nothing")
    assert await waiting(light.app) == 0


async def test_rows_are_folded_when_they_have_waited_long_enough(light: Scene) -> None:
    await hot.upsert_profile(light.app, ADMIN, ANN)
    await hot.fold_due(light.app)
    assert await waiting(light.app) == 1
    light.advance(minutes=2)
    await hot.fold_due(light.app)
    assert await waiting(light.app) == 0


WRONG: dict[str, dict[str, object]] = {
    "no id": {"profile_id": " "},
    "an id with a line break": {"profile_id": "a\nb"},
    "an unknown consent": {"profile_id": "p1", "consents": {"ads": "perhaps"}},
    "a name of nothing": {"profile_id": "p1", "attributes": {"!": 1}},
    "a computed trait": {"profile_id": "p1", "traits": {"revenue": 1}},
}


@pytest.mark.parametrize("given", WRONG.values(), ids=list(WRONG))
async def test_one_unusable_row_keeps_the_request_out_by_its_place(light: Scene, given: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="Row 1 ") as refused:
        await hot.upsert_profiles(light.app, ADMIN, [ANN, given])
    assert await waiting(light.app) == 0
    assert "perhaps" not in str(refused.value)


@pytest.mark.parametrize("rows", [0, 1001])
async def test_a_request_has_one_to_a_thousand_rows(light: Scene, rows: int) -> None:
    with pytest.raises(Invalid, match="1 to 1000"):
        await hot.record_events(light.app, ADMIN, [LOGIN] * rows)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
CELLS = st.one_of(TEXT, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none())
GIVEN = st.fixed_dictionaries(
    {"profile_id": TEXT},
    optional={
        "email": st.one_of(TEXT, st.lists(TEXT, max_size=2), st.none()),
        "phone": TEXT,
        "mobile_ad_id": st.lists(TEXT, max_size=2),
        "mobile_ad_os": TEXT,
        "city": TEXT,
        "gender": st.none(),
        "attributes": st.dictionaries(TEXT, CELLS, max_size=2),
        "traits": st.dictionaries(TEXT, CELLS, max_size=2),
        "consents": st.dictionaries(TEXT, st.one_of(st.sampled_from(sorted(WORDS)), st.booleans(), TEXT), max_size=2),
    },
)
HAPPENED = st.fixed_dictionaries(
    {"profile_id": TEXT, "event": TEXT, "time": st.datetimes(timezones=st.just(UTC))},
    optional={"event_id": TEXT, "properties": st.dictionaries(TEXT, CELLS, max_size=2)},
)


@settings(max_examples=15, deadline=None)
@given(people=st.lists(GIVEN, max_size=8), happened=st.lists(HAPPENED, max_size=8))
def test_what_the_door_takes_is_never_refused_later(
    tmp_path_factory: pytest.TempPathFactory, people: list[dict[str, object]], happened: list[dict[str, object]]
) -> None:
    taken = [Arrived(0, ArrivalKind.PROFILES, kept(profile_rows, each, frozenset())) for each in people]
    taken += [Arrived(1, ArrivalKind.EVENTS, kept(event_rows, each)) for each in happened]
    done = fold(tmp_path_factory.mktemp("store"), lambda _last, _name: taken)
    assert done.refused == 0


def kept(judge: Callable[..., list[Row]], row: Row, *more: object) -> list[Row]:
    try:
        return judge([row], *more)
    except Invalid:
        return []
