"""A stream tells each new look once, and ends with the last look or the session."""

from collections.abc import Iterator

import httpx2
from fastapi.responses import Response

from audience_sync.auth import sessions
from audience_sync.web.access import Reader, cookie_name, pages
from audience_sync.web.application import create_web
from audience_sync.web.live import Frame, stream
from tests.web.conftest import ADDRESS, Site


def streaming(site: Site, frames: Iterator[Frame]) -> httpx2.ASGITransport:
    """The site with one more page, which streams these frames."""
    routes = pages()

    @routes.get("/looks")
    async def looks(visit: Reader) -> Response:
        async def look() -> Frame:
            return next(frames)

        return stream(visit, look, every_seconds=0)

    web = create_web(site.home.app)
    web.include_router(routes)
    return httpx2.ASGITransport(app=web)


async def told(site: Site, frames: Iterator[Frame]) -> str:
    async with await site.browser("viewer") as browser:
        cookies = dict(browser.cookies)
    client = httpx2.AsyncClient(transport=streaming(site, frames), base_url=ADDRESS, cookies=cookies)
    async with client:
        answer = await client.get("/looks")
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer.text


async def test_each_new_look_is_told_once_until_the_last(site: Site) -> None:
    frames = iter([Frame("<p>0%</p>"), Frame("<p>0%</p>"), Frame("<p>100%</p>", is_last=True), Frame("never")])
    text = await told(site, frames)
    assert [text.count(each) for each in ("<p>0%</p>", "<p>100%</p>", "event: over", "never")] == [1, 1, 1, 0]


async def test_it_ends_when_the_session_does(site: Site) -> None:
    def frames() -> Iterator[Frame]:
        yield Frame("<p>still here</p>")
        site.home.clock.advance(seconds=sessions.IDLE.total_seconds() + 1)
        yield Frame("<p>and here</p>")
        raise AssertionError("looked at for nobody")

    text = await told(site, frames())
    assert "and here" in text
    assert "event: over" in text


async def test_nobody_is_streamed_to_without_signing_in(site: Site) -> None:
    transport = streaming(site, iter([Frame("secret", is_last=True)]))
    async with httpx2.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        answer = await client.get("/looks")
    assert answer.status_code == 303
    assert cookie_name(site.home.app) not in answer.headers.get("set-cookie", "")
