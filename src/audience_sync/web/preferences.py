"""What a browser remembers of how somebody likes to look at pages."""

from fastapi.responses import Response

from audience_sync.web.access import Anybody, is_https, pages
from audience_sync.web.forms import Text
from audience_sync.web.sign_in import local
from audience_sync.web.visit import THEME, THEMES, YEAR_SECONDS

routes = pages()


@routes.post("/theme")
async def choose_theme(visit: Anybody, theme: Text = "", back: Text = "/") -> Response:
    """Light, dark, or as the system has it; back to the page where it was chosen."""
    answer = visit.go(local(back))
    chosen = theme if theme in THEMES else THEMES[0]
    # Read by a script of ours, so that a page never shows the wrong theme first.
    answer.set_cookie(THEME, chosen, max_age=YEAR_SECONDS, samesite="lax", secure=is_https(visit.app))
    return answer
