"""A run, from segment to platform."""

from pathlib import Path

from tests.world import house


async def test_a_first_run_puts_the_members_on_the_platform(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.people(
            [{"id": "a", "email": "A@Example.com"}, {"id": "b", "email": "b@example.com", "phone": "+12015550123"}]
        )
        audience = await home.audience(await home.segment())
        done = await home.work()
        assert (done.run.status, done.run.sent, done.run.added) == ("completed", 2, 2), done
        remote = (await home.control("audiences"))[0]["id"]
        assert len(await home.keys(remote)) == 3
        assert audience
