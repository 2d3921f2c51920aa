"""A POST repeated with the same Idempotency-Key gets the first answer again, and is done once."""

import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from audience_sync.api.access import Require, asking, belt
from audience_sync.errors import Invalid
from audience_sync.store import remembered
from audience_sync.store.remembered import Answer, Question

HEADER = "Idempotency-Key"
KEY = r"^[!-~]{1,200}$"
MULTIPLE = 300
"""Only successes are remembered: what was refused has changed nothing, and may be tried again with the same key."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def idempotency_key(
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            pattern=KEY,
            description="A text of your own, new for each thing you want done. Sent again within 24 hours with the "
            "same body, it gets the same answer and nothing is done twice.",
        ),
    ] = None,
) -> None:
    """Declares the header; `NounRoute` honours it."""


ONCE = Depends(idempotency_key)
"""Put among a route's dependencies, it makes the route honour Idempotency-Key."""


class NounRoute(APIRoute):
    """A route that does a request once per Idempotency-Key if ONCE is among its dependencies."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        needed = next(each.call for each in self.dependant.dependencies if isinstance(each.call, Require))
        if all(each.dependency is not idempotency_key for each in self.dependencies):
            return inner

        async def once(request: Request) -> Response:
            if HEADER not in request.headers:
                return await inner(request)
            # An answer is given again only to who may still ask for it.
            actor = await asking(request)
            actor.require(needed.permission)
            return await _once(request, await _question(request, actor.id), inner)

        return once


async def _question(request: Request, actor_id: str) -> Question:
    """The body may hold a password or people's addresses: its hash is of no use without the client's key."""
    key = request.headers[HEADER]
    if not 0 < len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise Invalid(f"{HEADER} is not usable.", "Send 1 to 200 printable ASCII characters, such as a UUID.")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    return Question(key, actor_id, hmac.new(key.encode(), asked, hashlib.sha256).hexdigest())


async def _once(request: Request, question: Question, inner: Handler) -> Response:
    app = belt(request)
    known = await remembered.recall(app.database, question, app.now())
    if known is not None:
        headers = {"Idempotent-Replayed": "true"} | ({"Location": known.location} if known.location else {})
        return JSONResponse(known.body, known.status, headers)
    try:
        response = await inner(request)
    except BaseException:
        await remembered.forget(app.database, question)
        raise
    if response.status_code >= MULTIPLE:
        await remembered.forget(app.database, question)
    else:
        answer = Answer(response.status_code, json.loads(bytes(response.body)), response.headers.get("location", ""))
        await remembered.remember(app.database, question, answer, app.now())
    return response
