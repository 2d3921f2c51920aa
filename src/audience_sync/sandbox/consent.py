"""The page on which a person lets an app in, in the specification's words, and the way back to that app."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from audience_sync.sandbox.call import Call

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def consent_page(
    asked: dict[str, str], *, platform: str, wants: str, app: str, person: str, choices: Mapping[str, str] | None = None
) -> Response:
    """A form with Cancel and Continue that sends `asked` along with the `decision`; `wants` is what is opened.

    `choices` are boxes that can be unticked, name -> words. A form with boxes says so by a field `choices`.
    """
    return _page(200, asked=asked, platform=platform, wants=wants, app_name=app, person=person, choices=choices or {})


def blocked_page(platform: str, problem: str) -> Response:
    """The dialog cannot be shown, for the reason given; nobody is sent anywhere."""
    return _page(400, platform=platform, problem="This app cannot be used to log in.", hint=problem)


def is_on_this_machine(address: str) -> bool:
    """Whether a redirect to `address` stays on this machine: the sandbox sends nobody elsewhere."""
    return urlsplit(address).hostname in LOOPBACK


def back_to_app(call: Call, answer: dict[str, str]) -> Response:
    """The redirect to the app with `answer` and the app's own state in its query."""
    address = call.text("redirect_uri")
    if call.text("state"):
        answer = {**answer, "state": call.text("state")}
    glue = "&" if urlsplit(address).query else "?"
    return RedirectResponse(f"{address}{glue}{urlencode(answer)}", 302)


def _page(status: int, **shown: object) -> Response:
    return HTMLResponse(_PAGES.get_template("consent.html").render(**shown), status)
