"""A house and its platform that look at one clock, and people who come and go there."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.platforms import Pretend
from tests.world import House, house

PEOPLE = [{"id": str(n), "email": f"p{n}@example.com"} for n in range(20)]


@asynccontextmanager
async def clocked(folder: Path, *, pretend: Pretend, database_url: str) -> AsyncIterator[House]:
    """The house's clock stands where that of the platform does: times of the one are compared with the other's."""
    async with house(folder, pretend=pretend, database_url=database_url) as made:
        made.clock.moment = datetime.fromtimestamp((await made.control("clock"))["now"], UTC)
        yield made


def members(home: House, numbers: Iterable[int]) -> None:
    """Exactly these of PEOPLE are in the segment."""
    home.people({**each, "member": "yes" if int(each["id"]) in numbers else "no"} for each in PEOPLE)


async def pass_by(home: House, **by: float) -> None:
    """Time passes on both sides."""
    home.clock.advance(**by)
    await home.control("clock", advance_seconds=timedelta(**by).total_seconds())


def keys(home: House, numbers: Iterable[int]) -> set[str]:
    """What the platform holds of these of PEOPLE."""
    return {home.pretend.email(PEOPLE[n]["email"]) for n in numbers}


async def held(home: House, remote_id: str) -> set[str]:
    """What the platform really holds."""
    return {value for _kind, value in await home.keys(remote_id)}


async def assert_equal(home: House, remote_id: str, numbers: Iterable[int]) -> None:
    """The platform holds exactly these of PEOPLE."""
    assert await held(home, remote_id) == keys(home, numbers)
