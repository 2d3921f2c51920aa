"""The login dialog: who is asking, may they, and back with a one-time code."""

from starlette.responses import Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.consent import back_to_app, blocked_page, consent_page, is_on_this_machine
from audience_sync.sandbox.meta import seeds
from audience_sync.sandbox.meta.state import Code, State

PARAMETERS = ("client_id", "redirect_uri", "state", "response_type", "scope", "config_id")
DENIAL = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}


def dialog(state: State, call: Call) -> Response:
    """The consent page, or after its form was sent the way back to the app: with a code, or with the denial."""
    problem = _problem(state, call)
    if problem:
        return blocked_page("Meta", problem)
    decision = call.text("decision")
    if call.method != "POST" or not decision:
        asked = {name: call.text(name) for name in PARAMETERS if call.text(name)}
        app, person = state.settings.app_name, seeds.USER.name
        return consent_page(asked, platform="Meta", wants="your Facebook advertising account", app=app, person=person)
    answer = {"code": _code(state, call)} if decision == "continue" else DENIAL
    return back_to_app(call, answer)


def _problem(state: State, call: Call) -> str:
    """Why the dialog cannot be shown, or nothing. Nobody is sent to an address that is not allowed."""
    if call.text("client_id") not in state.apps:
        return "Invalid app id: the client_id is not known here."
    if not is_on_this_machine(call.text("redirect_uri")):
        return "URL blocked: the sandbox only redirects to this machine."
    if call.text("response_type", "code") != "code":
        return "The response_type must be code."
    config = call.text("config_id")
    if config and config not in seeds.CONFIGURATIONS:
        return "The config_id is not known here."
    unknown = set(_asked_scopes(call)) - {*seeds.SCOPES, "public_profile", "email"}
    return f"Invalid scopes: {', '.join(sorted(unknown))}." if unknown else ""


def _asked_scopes(call: Call) -> list[str]:
    return [scope for scope in call.text("scope").replace(" ", ",").split(",") if scope]


def _code(state: State, call: Call) -> str:
    """A one-time code. `declined` in the form is a comma list of scopes that the person does not grant."""
    config = call.text("config_id")
    expires_at = state.clock.now() + state.settings.code_seconds
    declined = call.text("declined").split(",")
    scopes = list(seeds.SCOPES) if config else _asked_scopes(call)
    granted = {scope: "declined" if scope in declined else "granted" for scope in scopes}
    person = seeds.INTEGRATION if config else seeds.USER
    seconds = seeds.CONFIGURATIONS[config] if config else state.settings.short_token_seconds
    return state.new_code(Code(call.text("client_id"), call.text("redirect_uri"), person, granted, expires_at, seconds))
