"""Replacing all members: the session machine of the pretend Meta."""

from typing import Any

import pytest

from tests.sandbox.graph import Graph, error_of, people

NINETY_MINUTES = 90 * 60


async def filled(graph: Graph, count: int = 5) -> str:
    """An audience at rest that holds some people."""
    audience = await graph.create()
    await graph.upload(audience, people(count))
    await graph.advance(4)
    return audience


def keys(count: int, start: int = 0) -> set[tuple[str, str]]:
    return {("EMAIL", row[0]) for row in people(count, start)}


async def test_a_replacement_leaves_exactly_its_rows(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 4))
    await graph.replace(audience, people(2, 6), seq=2, last=True)
    assert graph.keys(audience) == keys(4, 4)


async def test_the_old_members_stay_until_the_last_batch(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 10))
    assert graph.keys(audience) == keys(5)


async def test_the_receipts_count_over_the_batches(graph: Graph) -> None:
    audience = await filled(graph)
    answers = [await graph.replace(audience, people(2, seq), seq=seq) for seq in (1, 2, 2)]
    assert [each.json()["num_received"] for each in answers] == [2, 4, 6]


async def test_the_status_says_replacing_then_ready(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(1))
    seen = [await graph.status(audience)]
    await graph.replace(audience, people(1, 1), seq=2, last=True)
    seen.append(await graph.status(audience))
    await graph.advance(4)
    assert [*seen, await graph.status(audience)] == [414, 414, 200]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_members_cannot_be_edited_meanwhile(graph: Graph, method: str) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(1))
    assert error_of(await graph.upload(audience, people(1), method=method)) == (2650, 1870145)


async def test_nobody_is_erased_from_an_audience_that_is_being_replaced(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(1))
    answer = await graph.upload("act_123456789", people(1), method="DELETE", edge="usersofanyaudience")
    assert error_of(answer) == (2650, 1870145)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([{"seq": 2}], (2650, 1870147)),
        ([{"seq": 1}, {"seq": 1}], (2650, 1870145)),
        ([{"seq": 1}, {"seq": 1, "number": 78}], (2650, 1870145)),
        ([{"seq": 1, "last": True}, {"seq": 2}], (2650, 1870159)),
        ([{"seq": 1, "last": True}, {"seq": 1, "last": True}], (2650, 1870159)),
        ([{"seq": 1, "extra": {"estimated_num_total": 100_000_000}}], (2650, 1870144)),
        ([{"seq": 1}, {"seq": 2, "schema": ["EXTERN_ID"]}], (100, None)),
    ],
    ids=["no-first", "first-twice", "second-session", "finished", "finished-again", "too-large", "other-schema"],
)
async def test_a_batch_out_of_order_is_refused(
    graph: Graph, batches: list[dict[str, Any]], expected: tuple[int, int | None]
) -> None:
    audience = await filled(graph)
    answers = [await graph.replace(audience, people(1), **dict(batch)) for batch in batches]
    assert error_of(answers[-1]) == expected


async def test_a_replacement_waits_until_the_last_edit_is_processed(graph: Graph) -> None:
    audience = await graph.create()
    await graph.upload(audience, people(1))
    assert error_of(await graph.replace(audience, people(1))) == (2650, 1870145)
    await graph.advance(4)
    assert (await graph.replace(audience, people(1))).status_code == 200


async def test_an_empty_replacement_is_refused(graph: Graph) -> None:
    audience = await filled(graph)
    assert error_of(await graph.replace(audience, [], last=True)) == (100, None)
    assert graph.keys(audience) == keys(5)


async def test_a_replacement_needs_a_session(graph: Graph) -> None:
    assert error_of(await graph.upload(await filled(graph), people(1), edge="usersreplace")) == (100, None)


async def test_a_replacement_of_another_kind_of_data_is_refused(graph: Graph) -> None:
    audience = await filled(graph)
    assert error_of(await graph.replace(audience, people(1), schema="EMAIL_SHA256")) == (2650, None)


async def test_after_ninety_minutes_the_session_is_over(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 10))
    await graph.advance(NINETY_MINUTES + 1)
    assert error_of(await graph.replace(audience, people(1, 12), seq=2)) == (2650, 1870158)


async def test_the_part_that_was_uploaded_in_time_is_kept(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 10))
    await graph.advance(NINETY_MINUTES + 1)
    assert await graph.status(audience) == 415
    assert graph.keys(audience) == keys(2, 10)


async def test_an_overdue_replacement_is_finished_by_adding(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 10))
    await graph.advance(NINETY_MINUTES + 1)
    await graph.upload(audience, people(1, 12))
    await graph.advance(4)
    assert await graph.status(audience) == 200
    assert graph.keys(audience) == keys(3, 10)


async def test_an_incomplete_replacement_may_be_run_again(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.replace(audience, people(2, 10))
    await graph.advance(NINETY_MINUTES + 1)
    await graph.replace(audience, people(3, 20), number=78, last=True)
    await graph.advance(4)
    assert await graph.status(audience) == 200
    assert graph.keys(audience) == keys(3, 20)


async def test_a_replacement_can_be_made_to_fail(graph: Graph) -> None:
    audience = await filled(graph)
    await graph.control("POST", f"audiences/meta/{audience}", {"replace_fails": True})
    await graph.replace(audience, people(2, 10), last=True)
    await graph.advance(4)
    assert await graph.status(audience) == 415
