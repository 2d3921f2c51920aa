"""Which audience, segment, run, plan or user somebody means: by id, by name, or by a beginning that only one has."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.errors import NotFound, Refusal
from audience_sync.store.audiences import Audience, Plan, Run, Segment
from audience_sync.store.exports import Export
from audience_sync.store.people import User

LEAST_ID = 4
"""Characters of an id that may stand for it."""


@dataclass(frozen=True, slots=True)
class Named:
    """Something that can be meant."""

    id: str
    name: str


async def audience_id(app: App, text: str) -> str:
    """The audience's id; NotFound when there is none, AMBIGUOUS when several fit."""
    return meant(
        text, await _all(app, sa.select(Audience.id, Audience.name).where(Audience.state != "deleted")), "audience"
    )


async def segment_id(app: App, text: str) -> str:
    """The segment's id, likewise."""
    return meant(text, await _all(app, sa.select(Segment.id, Segment.name).where(Segment.definition != {})), "segment")


async def user_id(app: App, text: str) -> str:
    """The user's id; users are named by their e-mail address."""
    return meant(text, await _all(app, sa.select(User.id, User.email)), "user")


async def run_id(app: App, text: str) -> str:
    """The run's id; `AUDIENCE#3` means the third run of an audience."""
    audience, sign, number = text.rpartition("#")
    if sign and number.isdigit():
        owner = await audience_id(app, audience)
        wanted = sa.select(Run.id).where(Run.audience_id == owner, Run.number == int(number))
        async with app.database.read() as session:
            found = await session.scalar(wanted)
        if found is None:
            raise NotFound(f"{audience} has no run {number}.", f'audience-sync history "{audience}" lists them.')
        return found
    like = sa.select(Run.id, Run.id.label("name")).where(Run.id.startswith(text, autoescape=True)).limit(3)
    return meant(text, await _all(app, like), "run")


async def export_id(app: App, text: str) -> str:
    """The export's id, by its beginning."""
    like = sa.select(Export.id, Export.id.label("name")).where(Export.id.startswith(text, autoescape=True)).limit(3)
    return meant(text, await _all(app, like), "export")


async def plan_id(app: App, audience: str, number: int) -> str:
    """The id of the audience's plan of that number."""
    wanted = sa.select(Plan.id).where(Plan.audience_id == audience, Plan.number == number)
    async with app.database.read() as session:
        found = await session.scalar(wanted)
    if found is None:
        raise NotFound(f"There is no plan {number} of this audience.", "audience-sync preview makes a new one.")
    return found


def meant(text: str, candidates: Iterable[Named], what: str) -> str:
    """The id of the one candidate that the text fits best: whole id, whole name, then the beginning of either."""
    known = list(candidates)
    wanted = text.strip().casefold()
    fits = (
        [each for each in known if each.id == wanted],
        [each for each in known if each.name == text],
        [each for each in known if each.name.casefold() == wanted],
        [each for each in known if wanted and _begins(each, wanted)],
    )
    best = next(filter(None, fits), [])
    if not best:
        near = ", ".join(each.name for each in known[:10] if each.name != each.id)
        raise NotFound(f"There is no {what} {text!r}.", f"There are: {near}." if near else "")
    if len(best) > 1:
        names = ", ".join(f"{each.name} ({each.id[:8]})" for each in best[:5])
        raise Refusal(f"{text!r} may mean several: {names}.", "Give more of the name, or the id.", code="AMBIGUOUS")
    return best[0].id


def _begins(each: Named, wanted: str) -> bool:
    by_id = len(wanted) >= LEAST_ID and each.id.startswith(wanted)
    return by_id or each.name.casefold().startswith(wanted)


async def _all(app: App, wanted: "sa.Select[str, str]") -> list[Named]:
    async with app.database.read() as session:
        return [Named(found, name) for found, name in await session.execute(wanted)]
