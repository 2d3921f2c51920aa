"""Who is in a list of the pretend Google as time goes by: removals, emptying, expiry, and no promise of order."""

from datetime import UTC, datetime

import pytest

from tests.sandbox.google.wire import Wire, email, people, person, reasons, sha

DAY = 86_400


def moment(wire: Wire, seconds_ago: float = 0.0) -> str:
    """The sandbox's time, as it is written on the wire."""
    return datetime.fromtimestamp(wire.world.clock.now() - seconds_ago, UTC).isoformat().replace("+00:00", "Z")


def emails(*numbers: int) -> set[str]:
    return {email(n) for n in numbers}


async def test_who_was_removed_is_gone_and_strangers_are_no_error(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(3))
    await wire.remove(list_id, [person(email(1)), person(email(99))])
    assert wire.values(list_id) == emails(0, 2)


async def test_a_second_upload_changes_nothing(wire: Wire) -> None:
    list_id = await wire.made()
    for _ in range(2):
        await wire.ingest(list_id, people(3))
    assert (len(wire.values(list_id)), wire.list(list_id).members.people) == (3, 3)


@pytest.mark.parametrize(("drop_person", "left"), [(False, {sha("+1")}), (True, set())])
async def test_a_removal_by_one_identifier_may_take_the_whole_member(
    wire: Wire, drop_person: bool, left: set[str]
) -> None:
    wire.configure(drop_person=drop_person)
    list_id = await wire.made()
    both = {"userData": {"userIdentifiers": [{"emailAddress": email(1)}, {"phoneNumber": sha("+1")}]}}
    await wire.ingest(list_id, [both])
    await wire.remove(list_id, [person(email(1))])
    assert wire.values(list_id) == left


async def test_emptying_takes_everybody(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(3))
    await wire.remove_all(list_id)
    assert wire.values(list_id) == set()


async def test_emptying_as_of_a_time_keeps_who_was_added_since(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(3))
    wire.world.clock.advance(60)
    since = moment(wire)
    await wire.ingest(list_id, people(2, start=2))
    await wire.remove_all(list_id, removeAsOfTime=since)
    assert wire.values(list_id) == emails(2, 3)


async def test_emptying_as_of_the_future_is_refused(wire: Wire) -> None:
    answer = await wire.send("removeAll", await wire.made(), None, removeAsOfTime=moment(wire, -60))
    assert reasons(answer) == [("remove_as_of_time", "INVALID_REMOVE_AS_OF_TIME")]


@pytest.mark.parametrize("text", ["yesterday", "2026-11-24", "2026-13-24T10:00:00Z"])
async def test_what_is_no_time_is_refused(wire: Wire, text: str) -> None:
    answer = await wire.send("removeAll", await wire.made(), None, removeAsOfTime=text)
    assert "Invalid value at 'remove_as_of_time'" in answer.json()["error"]["message"]


async def test_a_moment_may_have_nine_digits_and_an_offset(wire: Wire) -> None:
    answer = await wire.send("removeAll", await wire.made(), None, removeAsOfTime="2020-01-01T02:00:00.123456789+02:00")
    assert answer.status_code == 200


async def test_a_member_expires_540_days_after_it_was_last_added(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.ingest(list_id, people(2))
    wire.world.clock.advance(300 * DAY)
    await wire.ingest(list_id, people(1))
    wire.world.clock.advance(241 * DAY)
    await wire.read(list_id)
    assert wire.values(list_id) == emails(0)


async def test_a_shorter_membership_ends_sooner(wire: Wire) -> None:
    list_id = await wire.made(membershipDuration="86400s")
    await wire.ingest(list_id, people(1))
    wire.world.clock.advance(DAY + 1)
    await wire.read(list_id)
    assert wire.values(list_id) == set()


async def test_shuffled_work_is_done_the_latest_first(wire: Wire) -> None:
    wire.configure(shuffled=True)
    list_id = await wire.made()
    await wire.ingest(list_id, people(1))
    removal = await wire.remove(list_id, people(1))
    assert wire.values(list_id) == set()
    await wire.settled(removal)
    assert wire.values(list_id) == emails(0)


async def test_shuffled_work_that_was_waited_for_keeps_its_order(wire: Wire) -> None:
    wire.configure(shuffled=True)
    list_id = await wire.made()
    await wire.settled(await wire.ingest(list_id, people(2)))
    await wire.settled(await wire.remove(list_id, people(1)))
    assert wire.values(list_id) == emails(1)


async def test_shuffled_members_count_from_when_they_were_accepted(wire: Wire) -> None:
    wire.configure(shuffled=True)
    list_id = await wire.made()
    upload = await wire.ingest(list_id, people(1))
    wire.world.clock.advance(1)
    since = moment(wire)
    await wire.settled(upload)
    await wire.settled(await wire.remove_all(list_id, removeAsOfTime=since))
    assert wire.values(list_id) == set()


async def test_the_replace_recipe_leaves_exactly_the_new_members(wire: Wire) -> None:
    list_id = await wire.made()
    await wire.settled(await wire.ingest(list_id, people(5)))
    since = moment(wire)
    await wire.settled(await wire.ingest(list_id, people(5, start=3)))
    await wire.settled(await wire.remove_all(list_id, removeAsOfTime=since))
    assert wire.values(list_id) == emails(3, 4, 5, 6, 7)
