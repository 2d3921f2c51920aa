"""One request to a page: who asks, what they may, and how they are answered."""

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from audience_sync.app import App
from audience_sync.auth.sessions import Browser, SignedIn
from audience_sync.errors import Unauthenticated
from audience_sync.model.permissions import Actor, Permission
from audience_sync.web.navigation import NAVIGATION, Group
from audience_sync.web.rendering import render
from audience_sync.web.viewer import VIEWER, Viewer, separators

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "sandbox"})
THEMES = ("system", "light", "dark")
TOLD = "told"
"""The cookie that carries a sentence over a redirect."""
THEME = "theme"
LONGEST_TOLD = 1000
YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Visit:
    """`who` is None for somebody who is not signed in; only open pages meet them."""

    request: Request
    app: App
    who: SignedIn | None

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    @property
    def signed_in(self) -> SignedIn:
        """Who is signed in; Unauthenticated if nobody is, which only open pages have to expect."""
        if self.who is None:
            raise Unauthenticated("You are not signed in.", "Sign in, and you will be brought back here.")
        return self.who

    @property
    def browser(self) -> Browser:
        client = self.request.client
        return Browser(client.host if client else "", self.request.headers.get("user-agent", ""))

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks, to put the answer into a page that is there already."""
        return "hx-request" in self.request.headers and "hx-boosted" not in self.request.headers

    @property
    def is_for_dialog(self) -> bool:
        return self.is_partial and self.request.headers.get("hx-target", "").endswith("#dialog")

    @property
    def theme(self) -> str:
        chosen = self.request.cookies.get(THEME, "")
        return chosen if chosen in THEMES else THEMES[0]

    def may(self, permission: Permission | str | None) -> bool:
        """Whether the visitor has the permission; `sync` stands for `audience_sync:sync`, None for signed in."""
        if self.who is None or permission is None:
            return self.who is not None
        name = permission if ":" in permission else f"audience_sync:{permission}"
        return self.who.actor.may(Permission(name))

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """The page. In a dialog or for htmx only its own part, where the template has one; see docs/web.md."""
        token = VIEWER.set(self.viewer)
        try:
            text = render(template, self._common() | values)
        finally:
            VIEWER.reset(token)
        answer = HTMLResponse(text, status)
        if TOLD in self.request.cookies and not self.is_partial:
            answer.delete_cookie(TOLD)
        return answer

    def fragment(self, template: str, **values: object) -> str:
        """A part of a page as text, for a stream."""
        token = VIEWER.set(self.viewer)
        try:
            return render(template, self._common() | values)
        finally:
            VIEWER.reset(token)

    def go(self, path: str, told: str = "") -> Response:
        """To another page of ours, which says `told` in a toast."""
        answer = Response(headers={"HX-Redirect": path}) if self.is_partial else RedirectResponse(path, 303)
        if told:
            answer.set_cookie(TOLD, quote(told[:LONGEST_TOLD]), max_age=60, httponly=True, samesite="lax")
        return answer

    def leave(self, address: str) -> Response:
        """To a page of somebody else, such as a platform's consent page."""
        return Response(headers={"HX-Redirect": address}) if self.is_partial else RedirectResponse(address, 303)

    @property
    def viewer(self) -> Viewer:
        group, decimal = separators(self.request.headers.get("accept-language", ""))
        return Viewer(group, decimal, self.who.time_zone if self.who else "", self.app.now())

    def _common(self) -> dict[str, object]:
        return {
            "visit": self,
            "frame": "dialog.html" if self.is_for_dialog else "partial.html" if self.is_partial else "layout.html",
            "groups": self._groups(),
            "told": "" if self.is_partial else unquote(self.request.cookies.get(TOLD, "")),
            "pretend": _pretend_platforms(self.app),
            "zone_name": self.viewer.zone_name,
        }

    def _groups(self) -> list[Group]:
        """The navigation without what the visitor may not see."""
        seen = (Group(each.label, tuple(e for e in each.entries if self.may(e.permission))) for each in NAVIGATION)
        return [each for each in seen if each.entries]


def _pretend_platforms(app: App) -> list[str]:
    """Names of the platforms that are sandboxes on this machine."""
    addresses = {each.card.name: app.settings.of_platform(name, "api_url") for name, each in app.connectors.items()}
    return [name for name, address in addresses.items() if urlsplit(address).hostname in LOCAL_HOSTS]
