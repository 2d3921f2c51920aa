"""What time does to a segment of the pretend Snapchat."""

import pytest

from tests.sandbox.snapchat.snap import EMAIL, Snap, people, sha


async def statuses(snap: Snap, segment: str) -> tuple[str, str, str]:
    found = await snap.segment(segment)
    return found["status"], found["upload_status"], found["targetable_status"]


async def filled(snap: Snap, count: int, share: float = 1.0) -> str:
    """A segment of `count` people who have been counted."""
    snap.set(match_share=share)
    made = await snap.create()
    await snap.users(made, people(count))
    snap.advance(seconds=60)
    return made


async def test_a_segment_becomes_active_after_a_while(snap: Snap) -> None:
    snap.set(activation_seconds=10.0)
    made = await snap.create()
    before = await statuses(snap, made)
    snap.advance(seconds=10)
    assert (before[0], (await statuses(snap, made))[0]) == ("PENDING", "ACTIVE")


@pytest.mark.parametrize(("refuse", "status"), [(False, 200), (True, 400)])
async def test_an_upload_to_a_pending_segment_fails_where_that_is_switched_on(
    snap: Snap, refuse: bool, status: int
) -> None:
    snap.set(refuse_pending=refuse)
    made = await snap.create()
    assert (await snap.users(made, people(1))).status_code == status
    snap.advance(seconds=5)
    assert (await snap.users(made, people(1))).status_code == 200


async def test_an_upload_is_processed_and_then_counted(snap: Snap) -> None:
    snap.set(processing_seconds=100.0, match_share=1.0)
    made = await snap.create()
    snap.advance(seconds=5)
    seen = [await statuses(snap, made)]
    await snap.users(made, people(1_000))
    seen.append(await statuses(snap, made))
    snap.advance(seconds=100)
    seen.append(await statuses(snap, made))
    assert [each[1:] for each in seen] == [
        ("NO_UPLOAD", "NOT_READY"),
        ("PROCESSING", "NOT_READY"),
        ("COMPLETE", "READY"),
    ]


@pytest.mark.parametrize(("count", "status", "shown"), [(999, "TOO_FEW_USERS", 0), (1_000, "READY", 1_000)])
async def test_below_1000_matched_members_no_size_is_told(snap: Snap, count: int, status: str, shown: int) -> None:
    found = await snap.segment(await filled(snap, count))
    assert (found["targetable_status"], found["approximate_number_users"]) == (status, shown)


async def test_only_a_share_of_the_members_is_matched(snap: Snap) -> None:
    snap.set(min_size=10)
    found = await snap.segment(await filled(snap, 2_000, share=0.5))
    assert 900 < found["approximate_number_users"] < 1_100


async def test_the_old_size_stands_while_an_upload_is_processed(snap: Snap) -> None:
    made = await filled(snap, 1_000)
    await snap.users(made, people(500, start=1_000))
    during = await snap.segment(made)
    snap.advance(seconds=60)
    after = await snap.segment(made)
    assert (during["approximate_number_users"], during["upload_status"]) == (1_000, "PROCESSING")
    assert after["approximate_number_users"] == 1_500


async def test_a_segment_that_was_emptied_has_no_size_at_once(snap: Snap) -> None:
    made = await filled(snap, 1_000)
    before = await snap.segment(made)
    await snap.call("DELETE", f"segments/{made}/all_users")
    after = await snap.segment(made)
    assert (before["approximate_number_users"], after["approximate_number_users"]) == (1_000, 0)
    assert after["upload_status"] == "PROCESSING"


async def test_a_marked_segment_never_settles(snap: Snap) -> None:
    made = await snap.create()
    snap.platform.mark(made, "never_settles", on=True)
    await snap.users(made, people(1_000))
    snap.advance(days=365)
    assert (await statuses(snap, made))[1:] == ("PROCESSING", "NOT_READY")


async def test_members_leave_after_the_retention(snap: Snap) -> None:
    made = await snap.create(retention_in_days=30)
    await snap.users(made, people(1))
    snap.advance(days=20)
    await snap.users(made, people(1, start=1))
    snap.advance(days=11)
    await snap.segment(made)
    assert snap.keys(made) == {(EMAIL, sha("person1@example.com"))}


async def test_being_sent_again_starts_the_retention_again(snap: Snap) -> None:
    made = await snap.create(retention_in_days=30)
    for _ in range(2):
        await snap.users(made, people(1))
        snap.advance(days=20)
    await snap.segment(made)
    assert len(snap.keys(made)) == 1


async def test_those_who_left_are_not_counted(snap: Snap) -> None:
    snap.set(match_share=1.0)
    made = await snap.create(retention_in_days=30)
    await snap.users(made, people(1_200))
    snap.advance(days=31)
    found = await snap.segment(made)
    assert (found["targetable_status"], found["approximate_number_users"]) == ("TOO_FEW_USERS", 0)


async def test_9999_days_are_for_ever(snap: Snap) -> None:
    made = await snap.create(retention_in_days=9999)
    await snap.users(made, people(1))
    snap.advance(days=10_000)
    await snap.segment(made)
    assert len(snap.keys(made)) == 1
