"""What a platform matched of a run's uploads: kept with its batches, shown with the run, never taken for the list's."""

from pathlib import Path

from audience_sync.flows import runs
from audience_sync.flows.views import UploadMatch
from tests.cast import VIEWER
from tests.platforms import GOOGLE, TIKTOK
from tests.world import House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(150)]


async def synced(home: House) -> str:
    home.people(PEOPLE)
    await home.audience(await home.segment())
    return (await home.work()).run.id


async def test_a_run_shows_what_google_matched_of_its_uploads(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        await home.control("settings", platform="google", match_share=1.0)
        detail = await runs.get(home.app, VIEWER, await synced(home))
        assert detail.upload_match == UploadMatch(0.91, 1.0, len(PEOPLE))
        [batch] = detail.batches
        assert (batch.receipt["match_low"], batch.receipt["match_high"]) == (0.91, 1.0)


async def test_a_run_of_a_few_has_none_while_its_list_keeps_googles_own(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        await home.control("settings", platform="google", match_share=1.0)
        home.people(PEOPLE[1:])
        audience = await home.audience(await home.segment())
        await home.work()
        home.people(PEOPLE)
        detail = await home.sync(audience)
        assert (detail.upload_match, detail.run.size.match_rate, detail.run.size.estimate) == (None, 1.0, False)


async def test_a_platform_that_tells_none_has_none(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        assert (await runs.get(home.app, VIEWER, await synced(home))).upload_match is None
