"""The consent page: who is asking, may they, and back with a one-time code."""

from starlette.responses import Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.consent import back_to_app, blocked_page, consent_page, is_on_this_machine
from audience_sync.sandbox.snapchat import seeds
from audience_sync.sandbox.snapchat.state import State
from audience_sync.sandbox.snapchat.tokens import SCOPES, Grant

PARAMETERS = ("response_type", "client_id", "redirect_uri", "scope", "state")
# Snapchat documents no denial; this is RFC 6749's.
DENIAL = {"error": "access_denied", "error_description": "The user denied the request"}


def dialog(state: State, call: Call) -> Response:
    """The consent page, or after its form was sent the way back to the app: with a code, or with the denial."""
    problem = _problem(state, call)
    if problem:
        return blocked_page("Snapchat", problem)
    decision = call.text("decision")
    if call.method != "POST" or not decision:
        asked = {name: call.text(name) for name in PARAMETERS if call.text(name)}
        app, person = state.settings.app_name, seeds.PERSON.name
        wants = "your Snapchat advertising account"
        return consent_page(asked, platform="Snapchat", wants=wants, app=app, person=person)
    if decision != "continue":
        return back_to_app(call, DENIAL)
    grant = Grant(call.text("client_id"), call.text("scope"))
    return back_to_app(call, {"code": state.new_code(grant, call.text("redirect_uri"))})


def _problem(state: State, call: Call) -> str:
    """Why the page cannot be shown, or nothing."""
    if call.text("client_id") not in state.apps:
        return "The client_id is not known here."
    if not is_on_this_machine(call.text("redirect_uri")):
        return "The redirect_uri is not registered: the sandbox only redirects to this machine."
    if call.text("response_type") != "code":
        return "The response_type must be code."
    scopes = call.text("scope").split()
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        return f"Unknown scopes: {', '.join(unknown)}." if unknown else "The scope is missing."
    return ""
