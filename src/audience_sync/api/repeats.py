"""A POST repeated with the same Idempotency-Key gets the first answer again, and is done once."""

import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from starlette.responses import JSONResponse

from audience_sync.api.access import belt
from audience_sync.errors import Invalid
from audience_sync.model.permissions import Actor
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
    """Declares the header; `NounRoute` honours it by `done_once`."""


ONCE = Depends(idempotency_key)
"""Put among a route's dependencies, it makes the route honour Idempotency-Key."""


async def done_once(request: Request, actor: Actor, do: Handler) -> Response:
    """The answer of `do`, or the one that it gave before to the same request of the actor with the same key."""
    if HEADER not in request.headers:
        return await do(request)
    return await _once(request, await _question(request, actor.id), do)


async def _question(request: Request, actor_id: str) -> Question:
    """The body may hold a password or people's addresses: its hash is of no use without the client's key."""
    key = request.headers[HEADER]
    if not 0 < len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise Invalid(f"{HEADER} is not usable.", "Send 1 to 200 printable ASCII characters, such as a UUID.")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    return Question(key, actor_id, hmac.new(key.encode(), asked, hashlib.sha256).hexdigest())


async def _once(request: Request, question: Question, do: Handler) -> Response:
    app = belt(request)
    known = await remembered.recall(app.database, question, app.now())
    if known is not None:
        headers = {"Idempotent-Replayed": "true"} | ({"Location": known.location} if known.location else {})
        return JSONResponse(known.body, known.status, headers)
    try:
        response = await do(request)
    except BaseException:
        await remembered.forget(app.database, question)
        raise
    if response.status_code >= MULTIPLE:
        await remembered.forget(app.database, question)
    else:
        answer = Answer(response.status_code, json.loads(bytes(response.body)), response.headers.get("location", ""))
        await remembered.remember(app.database, question, answer, app.now())
    return response
