"""The consent page: who is asking, for which scopes, and back with a one-time code."""

from starlette.responses import Response

from audience_sync.sandbox.call import Call
from audience_sync.sandbox.consent import back_to_app, blocked_page, consent_page, is_on_this_machine
from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.google.seeds import Person
from audience_sync.sandbox.google.state import State
from audience_sync.sandbox.google.tokens import Code

PARAMETERS = (
    "client_id", "redirect_uri", "state", "response_type", "scope", "access_type", "prompt", "include_granted_scopes",
    "login_hint", "code_challenge", "code_challenge_method",
)  # fmt: skip


def dialog(state: State, call: Call) -> Response:
    """The consent page, or after its form was sent the way back to the app: with a code, or with the denial."""
    problem = _problem(state, call)
    if problem:
        return blocked_page("Google", problem)
    decision = call.text("decision")
    if call.method != "POST" or not decision:
        return _page(state, call)
    if decision != "continue":
        return back_to_app(call, {"error": "access_denied"})
    code = _code(state, call)
    if not code.scopes:
        return back_to_app(call, {"error": "access_denied"})
    return back_to_app(call, {"code": state.tokens.new_code(code), "scope": " ".join(code.scopes)})


def _page(state: State, call: Call) -> Response:
    asked = {name: call.text(name) for name in PARAMETERS if call.text(name)}
    choices = {scope: words for scope, words in seeds.SCOPES.items() if scope in _asked_scopes(call)}
    app, person = state.settings.app_name, _person(call).email
    wants = "your Google advertising account"
    return consent_page(asked, platform="Google", wants=wants, app=app, person=person, choices=choices)


def _problem(state: State, call: Call) -> str:
    """Why the page cannot be shown, or nothing. Nobody is sent to an address that is not allowed."""
    if call.text("client_id") not in state.apps:
        return "Error 401: invalid_client. The OAuth client was not found."
    if not is_on_this_machine(call.text("redirect_uri")):
        return "Error 400: redirect_uri_mismatch. The sandbox only redirects to this machine."
    if call.text("response_type") != "code":
        return "Error 400: unsupported_response_type. The response_type must be code."
    if call.text("code_challenge") and call.text("code_challenge_method") != "S256":
        return "Error 400: invalid_request. The sandbox knows the code_challenge_method S256 only."
    unknown = set(_asked_scopes(call)) - seeds.SCOPES.keys() - seeds.IDENTITY_SCOPES
    if unknown or not _asked_scopes(call):
        return f"Error 400: invalid_scope. {', '.join(sorted(unknown)) or 'No scope was asked for.'}"
    return ""


def _person(call: Call) -> Person:
    """Who is at the browser: whom the app hints at, where that is somebody we know."""
    return seeds.AGENT if call.text("login_hint") == seeds.AGENT.email else seeds.USER


def _asked_scopes(call: Call) -> list[str]:
    return call.text("scope").split()


def _code(state: State, call: Call) -> Code:
    """A one-time code. `declined` in a form without boxes is a comma list of scopes that are not granted."""
    return Code(
        call.text("client_id"),
        call.text("redirect_uri"),
        _person(call),
        _granted(state, call),
        state.clock.now() + state.settings.code_seconds,
        challenge=call.text("code_challenge"),
        wants_refresh_token=call.text("access_type") == "offline",
        is_consent_asked="consent" in call.text("prompt").split(),
    )


def _granted(state: State, call: Call) -> tuple[str, ...]:
    """The scopes asked for whose boxes were ticked, with those of before where the app asked for them as well."""
    refused = {*call.text("declined").split(","), *state.settings.dropped_scopes}
    if call.text("choices"):
        refused |= {scope for scope in seeds.SCOPES if call.text(scope) != "yes"}
    scopes = {scope: None for scope in _asked_scopes(call) if _short(scope) not in refused and scope not in refused}
    if call.text("include_granted_scopes") == "true":
        for grant in state.tokens.living(_person(call), call.text("client_id")):
            scopes |= dict.fromkeys(grant.scopes)
    return tuple(scopes)


def _short(scope: str) -> str:
    return scope.removeprefix(seeds.AUTH)
