"""What somebody may change about themselves: their name, their time zone, their password."""

from zoneinfo import available_timezones

from audience_sync.errors import Invalid, NotFound
from audience_sync.flows.people import Ground, Person, person_of, tidy_name
from audience_sync.model.permissions import Actor
from audience_sync.store import audit, sessions
from audience_sync.store.passwords import hash_password, verify_password
from audience_sync.store.people import User


async def change_profile(app: Ground, actor: Actor, *, name: str, time_zone: str) -> Person:
    """The actor has this name and sees times in this zone; an empty zone is the browser's."""
    if time_zone and time_zone not in available_timezones():
        raise Invalid(f"There is no time zone {time_zone!r}.", "Choose one of the list.", code="UNKNOWN_ZONE")
    async with app.database.write() as session:
        user = await session.get(User, actor.id)
        if user is None:
            raise NotFound("There is no such user.")
        user.name, user.time_zone = tidy_name(name), time_zone
        audit.record(session, actor, "user.profile_changed", on=audit.Thing("user", user.id), at=app.now())
    return person_of(user)


async def change_password(app: Ground, actor: Actor, *, current: str, wanted: str, keep_session: str) -> None:
    """The actor has the wanted password; every other browser of theirs is signed out. WRONG_PASSWORD otherwise."""
    async with app.database.read() as session:
        user = await session.get(User, actor.id)
    if user is None or not user.password_hash or not (await verify_password(current, user.password_hash))[0]:
        raise Invalid("That is not your current password.", "Type it again.", code="WRONG_PASSWORD")
    kept = await hash_password(wanted)
    async with app.database.write() as session:
        user = await session.get_one(User, actor.id)
        user.password_hash = kept
        await sessions.drop(session, user.id, keep=keep_session)
        audit.record(session, actor, "user.password_set", on=audit.Thing("user", user.id), at=app.now(), by="owner")
