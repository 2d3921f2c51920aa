"""The way back from a platform's consent page: connected, or a page that says what to do.

The platform knows the API's address, which sends browsers on to here.
"""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from audience_sync.errors import AudienceSyncError
from audience_sync.flows import connect
from audience_sync.web.access import Anybody, pages
from audience_sync.web.forms import CLEAN
from audience_sync.web.words import plural

routes = pages()
Given = Annotated[str, Query(max_length=8000, pattern=CLEAN)]
WHY = {
    "CONSENT_DENIED": "You, or somebody in this browser, chose to cancel on its page.",
    "CONSENT_FAILED": "Its page ended with an error of its own.",
    "SIGN_IN_UNKNOWN": (
        "Whoever opened this address did not come from a sign-in that was begun here. If somebody sent you the link, "
        "do not follow it again."
    ),
    "SIGN_IN_OVER": "A sign-in lasts ten minutes and works once; going back in the browser or reloading repeats it.",
    "SCOPES_MISSING": "Some permissions were switched off on its page.",
}
"""What happened, by the code of the refusal."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a platform sends back with the person; `state` stands for whoever began."""

    state: Given = ""
    code: Given = ""
    error: Given = ""
    error_reason: Given = ""
    error_description: Given = ""


# Open to anybody: whoever comes brings the secret state of a sign-in that an administrator has begun.
@routes.get("/platforms/{platform}/callback")
async def come_back(visit: Anybody, platform: str, brought: Annotated[Brought, Depends()]) -> Response:
    """On to where the sign-in was begun from; else a page that tells the result."""
    card = visit.app.connector(platform).card
    try:
        made = await connect.finish(visit.app, platform, **asdict(brought))
    except AudienceSyncError as problem:
        why = WHY.get(problem.code, "")
        return visit.page("platforms/not_connected.html", status=problem.status, card=card, problem=problem, why=why)
    if not made.return_to:
        return visit.page("platforms/connected.html", made=made)
    waited = f" {plural(len(made.resumed), 'audience')} waited for it and will sync again." if made.resumed else ""
    return visit.go(made.return_to, f"{card.name} is connected.{waited}")
