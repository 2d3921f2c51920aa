"""Folding what arrived ends where importing each request as a file of its own, one after the other, ends."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audience_sync.sources.builtin import outcomes
from audience_sync.sources.builtin.arrivals import ArrivalKind, Arrived, Row
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.folding import Folded, fold, tidy
from tests.sources.ground import Store

T1, T2, T3 = (f"2026-0{month}-01T00:00:00+00:00" for month in (1, 2, 3))
MANY = "profile_id,email\n" + "".join(f"p{n},p{n}@x.org\n" for n in range(50))


def arrivals(*requests: tuple[str, Sequence[Row]]) -> list[Arrived]:
    return [Arrived(number, ArrivalKind(kind), list(rows)) for number, (kind, rows) in enumerate(requests)]


def folded(store: Store, *requests: tuple[str, Sequence[Row]]) -> Folded:
    return fold(store.folder, lambda _last, _name: arrivals(*requests), bounds=store.source.bounds)


def people(*rows: Row) -> tuple[str, Sequence[Row]]:
    return "profiles", rows


def happened(*rows: Row) -> tuple[str, Sequence[Row]]:
    return "events", rows


def erased(*ids: str) -> tuple[str, Sequence[Row]]:
    return "erasures", [{"profile_id": each} for each in ids]


def event(profile: str, name: str = "login", **more: object) -> Row:
    return {"profile_id": profile, "event": name, "time": T1, "properties": {}, **more}


def answers(store: Store) -> tuple[object, ...]:
    """What can be asked. A column in which nobody has a value any more answers nothing, so it is left out."""
    columns = store.source.folder.manifest().columns
    plain = [name.partition(":")[2] for name in columns if name.startswith("attribute:")]
    attributes = {name: store.values("profiles", name) for name in plain}
    with_consents = "consent:ads" in columns
    return (
        store.profiles(),
        {name: values for name, values in attributes.items() if values},
        store.values("consents", "(granted, time)") if with_consents else {},
        store.values("(SELECT profile_id, count(*) AS n FROM events GROUP BY 1)", "n"),
    )


def test_a_later_request_wins_field_by_field(store: Store) -> None:
    folded(store, people({"profile_id": "1", "email": "a@x.org"}), people({"profile_id": "1", "phone": "+12015550123"}))
    folded(store, people({"profile_id": "1", "email": "b@x.org"}, {"profile_id": "1", "email": "c@x.org"}))
    assert store.profiles() == {"1": {"email": ["c@x.org"], "phone": ["+12015550123"]}}


def test_null_clears_and_what_is_not_there_stays(store: Store) -> None:
    folded(store, people({"profile_id": "1", "email": ["a@x.org", "b@x.org"], "city": "Rome"}))
    folded(store, people({"profile_id": "1", "email": None}))
    assert store.profiles() == {"1": {"city": "Rome"}}


def test_what_was_folded_is_not_folded_again_over_a_later_import(store: Store) -> None:
    waiting = arrivals(people({"profile_id": "1", "email": "old@x.org"}))
    first = fold(store.folder, lambda _last, _name: waiting)
    store.give("profiles", "profile_id,email\n1,new@x.org\n")
    # The process died before it could drop what waits: whoever folds next is told the name of the fold that was done.
    fold(store.folder, lambda last, _name: [] if last == first.name else waiting)
    assert store.profiles() == {"1": {"email": ["new@x.org"]}}


def test_a_fold_that_changes_nothing_is_remembered_in_the_same_snapshot(store: Store) -> None:
    folded(store, people({"profile_id": "1", "email": "a@x.org"}))
    before = store.source.folder.manifest()
    folded(store, people({"profile_id": "1", "email": "a@x.org"}))
    after = store.source.folder.manifest()
    assert (after.snapshot, after.folded != before.folded) == (before.snapshot, True)


def test_an_event_that_arrives_again_is_the_same(store: Store) -> None:
    folded(
        store, happened(event("1"), event("1", event_id="x")), happened(event("1"), event("1", "order", event_id="x"))
    )
    folded(store, happened(event("1")))
    assert store.source.folder.manifest().event_rows == 2


def test_alike_events_of_one_request_are_several(store: Store) -> None:
    folded(store, happened(event("1"), event("1")), happened(event("1")))
    assert store.source.folder.manifest().event_rows == 2


def test_an_older_decision_does_not_take_the_place_of_a_newer(store: Store) -> None:
    folded(store, people({"profile_id": "1", "consent:ads": {"status": "denied", "time": T2}}))
    folded(store, people({"profile_id": "1", "consent:ads": {"status": "granted", "time": T1}}))
    assert store.values("consents", "granted") == {"1": False}


def test_the_erased_are_gone_with_their_events(store: Store) -> None:
    folded(store, people({"profile_id": "1"}, {"profile_id": "2"}), happened(event("1"), event("2")))
    done = folded(store, erased("1"))
    manifest = store.source.folder.manifest()
    assert (done.erased, set(store.profiles()), manifest.profile_rows, manifest.event_rows) == (1, {"2"}, 1, 1)
    assert "1" not in store.values("computed", "profile_id")


def test_who_arrives_after_an_erasure_is_new(store: Store) -> None:
    folded(store, people({"profile_id": "1", "email": "a@x.org", "city": "Rome"}))
    folded(store, people({"profile_id": "1", "city": "Oslo"}), erased("1"), people({"profile_id": "1", "phone": "+1"}))
    assert store.profiles() == {"1": {"phone": ["+1"]}}


def test_no_file_of_the_erased_is_left_after_the_grace_period(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "LEAST_FOR_DELTA", 50)
    store.give("profiles", MANY)
    folded(store, people({"profile_id": "secret-7", "email": "secret@x.org"}), happened(event("secret-7")))
    folded(store, erased("secret-7"))
    monkeypatch.setattr("audience_sync.sources.builtin.folding.SNAPSHOT_GRACE_SECONDS", -1.0)
    tidy(store.folder)
    assert len(store.profiles()) == 50
    assert [file for file in (store.folder / "files").iterdir() if b"secret" in file.read_bytes()] == []


def test_a_fold_that_fails_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    folded(store, people({"profile_id": "1", "email": "a@x.org"}))
    before = sorted(store.folder.rglob("*.parquet"))

    def fail(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Folder, "commit", fail)
    with pytest.raises(OSError, match="No space"):
        folded(store, people({"profile_id": "1", "email": "b@x.org"}), happened(event("1")))
    assert (sorted(store.folder.rglob("*.parquet")), store.profiles()) == (before, {"1": {"email": ["a@x.org"]}})


IDS = st.sampled_from(["1", "2"])
CONSENT = st.one_of(
    st.sampled_from(["granted", "denied", None]),
    st.builds(
        lambda word, time: {"status": word, "time": time},
        st.sampled_from(["granted", "denied"]),
        st.sampled_from([T1, T2, T3]),
    ),
)
PROFILE = st.fixed_dictionaries(
    {"profile_id": IDS},
    optional={
        "email": st.sampled_from(["a@x.org", ["b@x.org", "c@x.org"], None]),
        "mobile_ad_id": st.sampled_from(["aaaa", ["bbbb", "cccc"], None]),
        "mobile_ad_os": st.sampled_from(["ios", "android"]),
        "attribute:plan": st.sampled_from(["gold", "free", None]),
        "consent:ads": CONSENT,
    },
)
EVENT = st.builds(event, IDS, st.sampled_from(["login", "order"]))
REQUEST = st.one_of(
    st.builds(lambda row: people(row), PROFILE),
    st.builds(lambda rows: happened(*rows), st.lists(EVENT, min_size=1, max_size=3)),
    st.builds(lambda profile: erased(profile), IDS),
)


@settings(max_examples=12, deadline=None)
@given(requests=st.lists(REQUEST, min_size=2, max_size=6))
@example(requests=[people({"profile_id": "1", "attribute:plan": "gold"}), erased("1")])
def test_one_fold_ends_where_files_one_by_one_end(
    tmp_path_factory: pytest.TempPathFactory, requests: list[tuple[str, Sequence[Row]]]
) -> None:
    together, apart = (Store(tmp_path_factory.mktemp(name)) for name in ("together", "apart"))
    folded(together, *requests)
    for request in requests:
        give(apart, *request)
    assert answers(together) == answers(apart)


def give(store: Store, kind: str, rows: Iterable[Row]) -> None:
    """The request as files: undated fields as profiles, dated decisions as consents."""
    if kind == "erasures":
        folded(store, (kind, list(rows)))
    elif kind == "events":
        store.give_objects("events", *rows)
    else:
        for row in rows:
            give_profile(store, row)


def give_profile(store: Store, row: Row) -> None:
    decision: Any = row.get("consent:ads")
    dated = isinstance(decision, dict)
    plain = {name: value for name, value in row.items() if not (dated and name == "consent:ads")}
    store.give("profiles", json.dumps(plain) + "\n", mapping={name: name for name in plain})
    if dated:
        store.give_objects("consents", {"profile_id": row["profile_id"], "purpose": "ads", **decision})
