"""The first run: somebody becomes the administrator, while there is nobody yet."""

from fastapi.responses import Response

from audience_sync.auth import sessions
from audience_sync.errors import Refusal
from audience_sync.flows import first_run
from audience_sync.web.access import Anybody, pages
from audience_sync.web.forms import Form, Secret, Text, refused
from audience_sync.web.sign_in import keep

routes = pages()
FIELDS = {"INVALID_EMAIL": "email", "INVALID_NAME": "name", "PASSWORD_LENGTH": "password"}


@routes.get("/set-up")
async def ask(visit: Anybody) -> Response:
    """The form; once there is anybody it is closed for good."""
    if not await first_run.is_empty(visit.app):
        return visit.go("/sign-in")
    return visit.page("set_up.html", form=Form())


@routes.post("/set-up")
async def set_up(visit: Anybody, email: Text = "", name: Text = "", password: Secret = "") -> Response:
    """The administrator is made and signed in."""
    app = visit.app
    try:
        admin = await first_run.add_first_admin(app, email=email, name=name, password=password)
    except Refusal as problem:
        form = refused(problem, {"email": email, "name": name}, FIELDS)
        return visit.page("set_up.html", status=problem.status, form=form)
    token = await sessions.begin(app.database, admin.id, browser=visit.browser, now=app.now())
    answer = visit.go("/", "Welcome. Connect a platform to begin.")
    keep(visit, answer, token)
    return answer
