"""The consent page at /portal/auth: who is asking, which ad accounts does the person open, and back with a code."""

from starlette.responses import Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.consent import back_to_app, blocked_page, consent_page, is_on_this_machine
from audience_sync.sandbox.tiktok import seeds
from audience_sync.sandbox.tiktok.state import State

PATH = "/portal/auth"
PARAMETERS = ("app_id", "state", "redirect_uri")
# TikTok documents no denial; this is RFC 6749's.
DENIAL = {"error": "access_denied", "error_description": "The user denied the request"}


def dialog(state: State, call: Call) -> Response:
    """The consent page, or after its form was sent the way back to the app: with a code, or with the denial."""
    problem = _problem(call)
    if problem:
        return blocked_page("TikTok", problem)
    decision = call.text("decision")
    if call.method == "POST" and decision and decision != "continue":
        return back_to_app(call, DENIAL)
    chosen = _chosen(state, call)
    if call.method == "POST" and decision and chosen:
        code = state.new_code(call.text("app_id"), chosen)
        return back_to_app(call, {"auth_code": code, "code": code})
    return _shown(state, call)


def _shown(state: State, call: Call) -> Response:
    """The page, also once more for somebody who ticked no ad account."""
    return consent_page(
        {name: call.text(name) for name in PARAMETERS if call.text(name)},
        platform="TikTok",
        wants="your TikTok advertising account",
        app=state.settings.app_name,
        person=seeds.PERSON,
        choices={each.id: f"{each.name} ({each.id})" for each in state.accounts().values()},
    )


def _chosen(state: State, call: Call) -> tuple[str, ...]:
    """The ad accounts whose boxes are ticked; all of them where no boxes were shown."""
    known = tuple(state.accounts())
    return tuple(each for each in known if call.text(each)) if call.text("choices") else known


def _problem(call: Call) -> str:
    """Why the page cannot be shown, or nothing. Nobody is sent to an address that is not allowed."""
    if call.text("app_id") not in seeds.APPS:
        return "The app_id is not known here."
    if not is_on_this_machine(call.text("redirect_uri")):
        return "The redirect_uri is not registered: the sandbox only redirects to this machine."
    return ""
