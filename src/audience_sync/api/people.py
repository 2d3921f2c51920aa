"""People: users, their roles, and the API keys that act for them."""

from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from audience_sync.api.access import Admin, Belt
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Id, Name, router
from audience_sync.api.repeats import ONCE
from audience_sync.errors import Conflict, NotFound
from audience_sync.flows import api_keys, people
from audience_sync.flows.api_keys import Key
from audience_sync.flows.people import Person
from audience_sync.model.permissions import Permission

routes = router("People")


class NewUser(Body):
    """Somebody who may use this installation."""

    email: str = Field(max_length=400, examples=["mia@example.com"])
    role: Name = Field(examples=["manager"])
    """One of `GET /roles`."""
    name: Name = ""
    password: SecretStr = SecretStr("")
    """Empty: nobody can sign in as them, but API keys work."""


class NewRole(Body):
    """The role that a user has from now on."""

    role: Name = Field(examples=["operator"])


class NewPassword(Body):
    """The password that a user has from now on."""

    password: SecretStr


class NewKey(Body):
    """A key for a program."""

    name: Name = Field(examples=["nightly job"])
    permissions: frozenset[Permission] = Field(examples=[["audience_sync:read", "audience_sync:sync"]])
    """At most those of its owner's role."""
    expires_at: AwareDatetime | None = None
    """null: never."""


class MadeKey(BaseModel):
    """A key and its text, which cannot be shown again."""

    key: Key
    text: str


@routes.get("/roles", summary="List roles")
async def list_roles(app: Belt, actor: Admin) -> dict[str, list[str]]:
    """The permissions of each role, by its name."""
    return await people.list_roles(app, actor)


@routes.get("/users", summary="List users")
async def list_users(app: Belt, actor: Admin) -> list[Person]:
    """Everybody, by e-mail address."""
    return await people.list_users(app, actor)


@routes.post("/users", status_code=201, summary="Add a user", dependencies=[ONCE], responses=problems(Conflict))
async def add_user(app: Belt, actor: Admin, wanted: NewUser) -> Person:
    """The new user."""
    password = wanted.password.get_secret_value()
    return await people.add_user(app, actor, email=wanted.email, role=wanted.role, name=wanted.name, password=password)


@routes.put("/users/{user_id}/role", summary="Give a user a role", responses=problems(NotFound, Conflict))
async def set_role(app: Belt, actor: Admin, user_id: Id, wanted: NewRole) -> Person:
    """Their keys lose at once what the role lacks. The last administrator stays one."""
    return await people.set_role(app, actor, user_id, wanted.role)


@routes.put("/users/{user_id}/password", summary="Give a user a password", responses=problems(NotFound))
async def set_password(app: Belt, actor: Admin, user_id: Id, wanted: NewPassword) -> Person:
    """The old one opens nothing any more."""
    return await people.set_password(app, actor, user_id, wanted.password.get_secret_value())


@routes.post("/users/{user_id}/disable", summary="Disable a user", responses=problems(NotFound, Conflict))
async def disable_user(app: Belt, actor: Admin, user_id: Id) -> Person:
    """They can do nothing any more, and neither can their keys."""
    return await people.disable_user(app, actor, user_id)


@routes.post("/users/{user_id}/enable", summary="Enable a user", responses=problems(NotFound))
async def enable_user(app: Belt, actor: Admin, user_id: Id) -> Person:
    """They and their keys work again."""
    return await people.enable_user(app, actor, user_id)


@routes.get("/users/{user_id}/keys", summary="List a user's keys", responses=problems(NotFound))
async def list_keys(app: Belt, actor: Admin, user_id: Id) -> list[Key]:
    """All keys, the newest first, revoked ones too."""
    return await api_keys.list_keys(app, actor, user_id)


# Not ONCE: its answer is kept nowhere, because it holds the key's secret.
@routes.post(
    "/users/{user_id}/keys", status_code=201, summary="Make an API key", responses=problems(NotFound, Conflict)
)
async def create_key(app: Belt, actor: Admin, user_id: Id, wanted: NewKey) -> MadeKey:
    """The key's text is in this answer and nowhere else."""
    key, text = await api_keys.create_key(
        app, actor, user_id, name=wanted.name, permissions=wanted.permissions, expires_at=wanted.expires_at
    )
    return MadeKey(key=key, text=text)


@routes.delete("/keys/{key_id}", summary="Revoke an API key", responses=problems(NotFound))
async def revoke_key(app: Belt, actor: Admin, key_id: Id) -> Key:
    """It opens nothing any more. Revoking it again changes nothing."""
    return await api_keys.revoke_key(app, actor, key_id)
