"""What every answer and every request of the web app has to obey: safe headers, and nothing from other sites."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audience_sync.app import App

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'{consent}"
)
"""`data:` images are the arrows and ticks in Tabler's stylesheet. Nothing is inline, so no nonce is needed."""
YEAR = "max-age=31536000"


class SafeHeaders:
    """Sets them on every answer. Pages are kept by nobody; files under an address of their content are."""

    def __init__(self, app: ASGIApp, belt: Callable[[], App]) -> None:
        self.app = app
        self.belt = belt
        self._policy = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._set(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, sent)

    def _set(self, headers: MutableHeaders) -> None:
        app = self.belt()
        self._policy = self._policy or POLICY.format(consent=_consent_pages(app))
        headers["Content-Security-Policy"] = self._policy
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if app.settings.base_url.startswith("https:"):
            headers["Strict-Transport-Security"] = YEAR


class OwnFault:
    """What nobody caught is told on a page, and raised on for whoever writes the log."""

    def __init__(self, app: ASGIApp, tell: ASGIApp) -> None:
        self.app = app
        self.tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception:
            if not started:
                await self.tell(scope, receive, send)
            raise


class OwnSiteOnly:
    """A request that changes something comes from a page of ours, as browsers say by Fetch Metadata or Origin.

    Nobody else's page can make a browser say so, and so no form of ours needs a token.
    """

    def __init__(self, app: ASGIApp, refuse: ASGIApp) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = scope["type"] != "http" or scope["method"] in SAFE_METHODS or is_own_site(Headers(scope=scope))
        await (self.app if allowed else self.refuse)(scope, receive, send)


def is_own_site(headers: Headers) -> bool:
    """Whether the request comes from a page of this host; one that says nothing about it does not."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN_SITES
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "") != ""


def _consent_pages(app: App) -> str:
    """Chromium asks the policy about where a form's answer redirects to, and connecting ends on a platform's page."""
    parts = (urlsplit(app.api(name).login_url) for name in app.connectors)
    return "".join(sorted({f" {part.scheme}://{part.netloc}" for part in parts if part.netloc}))
