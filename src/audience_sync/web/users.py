"""Users and their roles, for administrators."""

from fastapi.responses import Response

from audience_sync.errors import NotFound, Refusal
from audience_sync.flows import password_links, people
from audience_sync.flows.people import Person
from audience_sync.model.permissions import Permission
from audience_sync.web.access import Admin, pages
from audience_sync.web.forms import Form, Secret, Text, refused
from audience_sync.web.roles import permission_words, role_words
from audience_sync.web.visit import Visit

routes = pages()
FIELDS = {
    "INVALID_EMAIL": "email",
    "EMAIL_TAKEN": "email",
    "INVALID_NAME": "name",
    "PASSWORD_LENGTH": "password",
    "UNKNOWN_ROLE": "role",
    "LAST_ADMIN": "role",
}


@routes.get("/users")
async def show(visit: Admin) -> Response:
    """Everybody, and what each role may do."""
    found = await people.list_users(visit.app, visit.actor)
    return visit.page("users/list.html", users=found, roles=await _roles(visit), permissions=_permissions())


@routes.get("/users/new")
async def ask(visit: Admin) -> Response:
    """The form for one more user."""
    return await _form(visit, Form({"role": "viewer"}))


@routes.post("/users/new")
async def add(visit: Admin, email: Text = "", name: Text = "", role: Text = "", password: Secret = "") -> Response:
    """One more user. Without a password they get in by a link."""
    try:
        user = await people.add_user(visit.app, visit.actor, email=email, name=name, role=role, password=password)
    except Refusal as problem:
        form = refused(problem, {"email": email, "name": name, "role": role}, FIELDS)
        return await _form(visit, form, status=problem.status)
    if password:
        return visit.go("/users", f"{user.name or user.email} was added.")
    return await _link(visit, user)


@routes.get("/users/{user_id}")
async def one(visit: Admin, user_id: str) -> Response:
    """One user, with what can be changed."""
    user = await _user(visit, user_id)
    return await _one(visit, user, Form({"role": user.role}))


@routes.post("/users/{user_id}/role")
async def set_role(visit: Admin, user_id: str, role: Text = "") -> Response:
    """The role from now on."""
    try:
        user = await people.set_role(visit.app, visit.actor, user_id, role)
    except Refusal as problem:
        form = refused(problem, {"role": role}, FIELDS)
        return await _one(visit, await _user(visit, user_id), form, status=problem.status)
    return visit.go("/users", f"{user.name or user.email} is {user.role} now.")


@routes.post("/users/{user_id}/link")
async def make_link(visit: Admin, user_id: str) -> Response:
    """A link with which the user chooses a password, shown once."""
    return await _link(visit, await _user(visit, user_id))


@routes.get("/users/{user_id}/disable")
async def ask_disable(visit: Admin, user_id: str) -> Response:
    """Asks once, and says what it means."""
    return visit.page("users/disable.html", user=await _user(visit, user_id))


@routes.post("/users/{user_id}/disable")
async def disable(visit: Admin, user_id: str) -> Response:
    """The user is out, and so are their keys."""
    user = await people.disable_user(visit.app, visit.actor, user_id)
    return visit.go("/users", f"{user.name or user.email} is disabled.")


@routes.post("/users/{user_id}/enable")
async def enable(visit: Admin, user_id: str) -> Response:
    """The user is in again."""
    user = await people.enable_user(visit.app, visit.actor, user_id)
    return visit.go("/users", f"{user.name or user.email} is enabled again.")


async def _user(visit: Visit, user_id: str) -> Person:
    found = await people.list_users(visit.app, visit.actor)
    user = next((each for each in found if each.id == user_id), None)
    if user is None:
        raise NotFound("There is no such user.", "Users and roles lists everybody.")
    return user


async def _form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    return visit.page("users/new.html", status=status, form=form, roles=await _roles(visit), permissions=_permissions())


async def _one(visit: Visit, user: Person, form: Form, *, status: int = 200) -> Response:
    roles = await _roles(visit)
    return visit.page("users/one.html", status=status, user=user, form=form, roles=roles, permissions=_permissions())


async def _link(visit: Visit, user: Person) -> Response:
    made = await password_links.make_link(visit.app, visit.actor, user.id)
    address = f"{visit.app.settings.base_url.rstrip('/')}{made.path}"
    return visit.page("users/link.html", user=user, address=address, expires_at=made.expires_at)


async def _roles(visit: Visit) -> list[tuple[str, str, frozenset[str]]]:
    """Each role's name, what it is for, and its permissions; those with fewer come first."""
    found = await people.list_roles(visit.app, visit.actor)
    roles = [(name, role_words(name), frozenset(each)) for name, each in found.items()]
    return sorted(roles, key=lambda each: (len(each[2]), each[0]))


def _permissions() -> list[tuple[str, str, str]]:
    words = permission_words()
    return [(str(each), *words[each]) for each in Permission]
