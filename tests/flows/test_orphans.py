"""Audiences of ours that nothing tracks any more are found on the platform, taken up again or deleted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audience_sync.errors import Forbidden, NotFound
from audience_sync.flows import audiences, orphans
from audience_sync.flows.drafts import AudienceDraft
from audience_sync.model.permissions import SHELL, Actor
from tests.cast import MARKETER, OUTSIDER, VIEWER
from tests.platforms import META, SNAPCHAT, TIKTOK
from tests.world import House, house

ANN = {"id": "a", "email": "ann@example.com", "member": "yes"}
BOB = {"id": "b", "email": "bob@example.com", "member": "yes"}


@pytest.fixture(params=[META, TIKTOK, SNAPCHAT], ids=lambda pretend: pretend.id)
async def home(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, pretend=request.param) as made:
        made.people([ANN])
        yield made


async def unlinked(home: House) -> tuple[str, str]:
    """A segment, and the id of its audience on the platform, which was deleted only here."""
    segment = await home.segment()
    audience = await home.audience(segment, name="Old list")
    remote = (await home.work()).remote_id
    await audiences.delete(home.app, SHELL, audience, from_platform=False)
    return segment, remote


async def test_what_was_unlinked_is_found_with_its_old_name(home: House) -> None:
    _segment, remote = await unlinked(home)
    [found] = await orphans.orphans(home.app, VIEWER, home.account_id)
    assert (found.remote_id, found.was) == (remote, "Old list")


async def test_what_is_tracked_is_no_orphan(home: House) -> None:
    await home.audience(await home.segment())
    await home.work()
    assert await orphans.orphans(home.app, VIEWER, home.account_id) == []


async def test_an_adopted_one_is_ours_and_holds_the_segment(home: House) -> None:
    segment, remote = await unlinked(home)
    home.people([BOB])
    draft = AudienceDraft(segment, home.account_id, "Again")
    made = await orphans.adopt(home.app, SHELL, home.account_id, remote, draft)
    done = await home.work(made.run.id)
    assert (done.run.status, done.remote_id) == ("completed", remote)
    wanted = {home.pretend.email(each["email"]) for each in (ANN, BOB)}
    assert {value for _kind, value in await home.keys(remote)} == wanted
    assert await orphans.orphans(home.app, VIEWER, home.account_id) == []


async def test_a_deleted_one_is_gone_over_there(home: House) -> None:
    _segment, remote = await unlinked(home)
    await orphans.delete(home.app, SHELL, home.account_id, remote)
    assert await orphans.orphans(home.app, VIEWER, home.account_id) == []


async def test_what_is_tracked_cannot_be_deleted_as_one(home: House) -> None:
    await home.audience(await home.segment())
    remote = (await home.work()).remote_id
    with pytest.raises(NotFound, match="no such orphan"):
        await orphans.delete(home.app, SHELL, home.account_id, remote)


@pytest.mark.parametrize("actor", [MARKETER, VIEWER, OUTSIDER], ids=lambda actor: actor.id)
async def test_deleting_one_needs_the_permission(tmp_path: Path, actor: Actor) -> None:
    async with house(tmp_path) as home:
        with pytest.raises(Forbidden):
            await orphans.delete(home.app, actor, home.account_id, "1")
