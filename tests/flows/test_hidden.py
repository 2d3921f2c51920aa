"""A refusal that Snapchat hides inside a success: the whole run sees it, and believes nothing of what it was about."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest
import stamina

from audience_sync.flows import audiences
from audience_sync.flows.views import Health
from audience_sync.model.permissions import SHELL
from tests.convergence.oracle import keys_of
from tests.platforms import SNAPCHAT
from tests.world import IN_SEGMENT, House, house

PEOPLE = [
    {"id": str(n), "email": f"p{n}@example.com", "phone": f"+1201555010{n}", "mobile_ad_id": ""} for n in range(8)
]
MISSING = "sub_error:E2006"
UNKNOWN = "sub_error:E0000"
ADDS, REMOVES = "POST .*users", "DELETE .*users"


@pytest.fixture(autouse=True)
def _no_sleep() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


@pytest.fixture
async def home(tmp_path: Path, sqlite_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, pretend=SNAPCHAT, database_url=sqlite_url) as made:
        yield made


async def audience_of(home: House, numbers: Iterable[int]) -> str:
    members(home, numbers)
    return await home.audience(await home.segment(IN_SEGMENT))


def members(home: House, numbers: Iterable[int]) -> None:
    home.people({**each, "member": "yes" if int(each["id"]) in numbers else "no"} for each in PEOPLE)


def keys(numbers: Iterable[int]) -> set[tuple[str, str]]:
    return keys_of([PEOPLE[n] for n in numbers], SNAPCHAT)


async def member_calls(home: House) -> list[dict[str, object]]:
    return [each for each in await home.control("requests") if str(each["path"]).endswith("/users")]


async def test_the_refusal_is_behind_a_success(home: House) -> None:
    await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS)
    await home.work()
    assert {each["status"] for each in await member_calls(home)} == {200}


async def test_its_run_is_partial_and_says_what_snapchat_said(home: House) -> None:
    await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS, after=1)
    done = await home.work()
    (batch,) = done.batches
    assert (done.run.status, done.run.sent, done.run.failed) == ("partial", 0, 4)
    assert (batch.status, batch.error["code"]) == ("rejected", "SNAPCHAT_FIELD_MISSING")


async def test_what_had_arrived_before_it_is_known_as_debt(home: House) -> None:
    audience = await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS, after=1)
    done = await home.work()
    view = await audiences.get(home.app, SHELL, audience)
    assert {kind for kind, _key in await home.keys(done.remote_id)} == {"EMAIL_SHA256"}
    assert (view.last_synced_size, view.owed, view.health) == (0, len(keys(range(4))), Health.ATTENTION)


async def test_the_next_run_makes_up_for_it(home: House) -> None:
    audience = await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS, after=1)
    await home.work()
    done = await home.sync(audience)
    assert (done.run.status, done.run.added, done.run.owed) == ("completed", 4, 0)
    assert await home.keys(done.remote_id) == keys(range(4))


async def test_a_hidden_refusal_of_a_removal_forgets_nobody(home: House) -> None:
    audience = await audience_of(home, range(6))
    await home.work()
    members(home, range(2, 6))
    await home.fault(MISSING, path=REMOVES)
    broken = await home.sync(audience)
    assert (broken.run.status, broken.run.removed, broken.run.owed) == ("partial", 0, 4)
    done = await home.sync(audience)
    assert (done.run.status, done.run.owed) == ("completed", 0)
    assert await home.keys(done.remote_id) == keys(range(2, 6))


async def test_one_that_may_be_about_a_value_is_searched_for_and_harms_no_neighbour(home: House) -> None:
    await audience_of(home, range(4))
    await home.fault(UNKNOWN, path=ADDS)
    done = await home.work()
    assert (done.run.status, done.run.sent) == ("completed", 4)
    assert await home.keys(done.remote_id) == keys(range(4))


async def test_the_words_are_seen_in_the_platforms_other_spelling(home: House) -> None:
    await home.control("settings", platform="snapchat", lower_case_status=True)
    await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS)
    assert (await home.work()).run.status == "partial"


async def test_nothing_of_the_members_is_in_what_is_said(home: House) -> None:
    await audience_of(home, range(4))
    await home.fault(MISSING, path=ADDS)
    said = json.dumps([batch.error for batch in (await home.work()).batches])
    assert "E2006" in said or "missed something" in said
    assert not [key for _kind, key in keys(range(4)) if key in said]
