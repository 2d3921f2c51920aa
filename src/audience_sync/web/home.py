"""The first page: straight to what somebody comes for."""

from fastapi.responses import Response

from audience_sync.web.access import Member, pages

routes = pages()
AUDIENCES = "/audiences"


@routes.get("/")
async def home(visit: Member) -> Response:
    """Audiences are what people come for; who may not see them sees what is missing."""
    return visit.go(AUDIENCES)
