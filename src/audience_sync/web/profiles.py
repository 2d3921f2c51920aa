"""Profiles: one is searched by an identifier, looked at, and shown in clear to who may and says why."""

from fastapi.responses import Response

from audience_sync.errors import Refusal
from audience_sync.flows import profiles
from audience_sync.flows.profile_views import FoundProfile, ProfileView
from audience_sync.flows.profiles import SearchKind
from audience_sync.web.access import Exporter, Reader, pages
from audience_sync.web.forms import Form, Text, refused
from audience_sync.web.states import REASONS, State
from audience_sync.web.visit import Visit

routes = pages()
KINDS = {
    "email": "Email",
    "phone": "Phone",
    "mobile_ad_id": "Mobile ad ID",
    "external_id": "External ID",
    "profile_id": "Profile ID",
}
HOLDINGS = {
    "held": State("Held", "good", "circle-check"),
    "outdated": State("Held by older identifiers", "warn", "clock"),
    "shared": State("Only by a shared key", "idle", "users"),
    "doubtful": State("In doubt", "warn", "alert-triangle"),
    "awaited": State("Sent with the next sync", "busy", "hourglass"),
    "withheld": State("Withheld", "idle", "ban"),
}
WORDS = {
    "held": "The platform holds the keys that the profile has now.",
    "outdated": "Its identifiers have changed since; the next sync replaces the keys.",
    "shared": "Somebody else in the audience has the same identifier.",
    "doubtful": "A key may be there; the next sync sends or removes it.",
    "awaited": "It is in the segment, and not on the platform yet.",
    "withheld": "It is in the segment, and left out on purpose.",
}


@routes.get("/profiles")
async def ask(visit: Reader) -> Response:
    """The search."""
    return _search(visit, Form({"kind": SearchKind.EMAIL}))


# What is searched for is personal, so it travels in a form's body and stands in no address.
@routes.post("/profiles")
async def search(visit: Reader, kind: Text = "", value: Text = "") -> Response:
    """On to the profile that was found; a choice if there are several."""
    typed = {"kind": kind, "value": value}
    try:
        found = await profiles.find(visit.app, visit.actor, kind, value)
    except Refusal as problem:
        return _search(visit, refused(problem, typed, {"INVALID_IDENTIFIER": "value"}), status=problem.status)
    if len(found) == 1:
        return visit.go(f"/profiles/{found[0].id}")
    return _search(visit, Form(typed), found)


@routes.get("/profiles/{profile_id}")
async def one(visit: Reader, profile_id: str) -> Response:
    """The profile, masked."""
    return _profile(visit, await profiles.get(visit.app, visit.actor, profile_id))


@routes.get("/profiles/{profile_id}/reveal")
async def ask_reveal(visit: Exporter, profile_id: str) -> Response:
    """Asks for the reason why identifiers are to be seen in clear."""
    return await _reason(visit, profile_id, Form())


@routes.post("/profiles/{profile_id}/reveal")
async def reveal(visit: Exporter, profile_id: str, reason: Text = "") -> Response:
    """The profile in clear, this once: the page has no address of its own."""
    try:
        shown = await profiles.reveal(visit.app, visit.actor, profile_id, reason=reason)
    except Refusal as problem:
        form = refused(problem, {"reason": reason}, {"REASON_NEEDED": "reason"})
        return await _reason(visit, profile_id, form, status=problem.status)
    return _profile(visit, shown)


def _search(visit: Visit, form: Form, found: tuple[FoundProfile, ...] | None = None, *, status: int = 200) -> Response:
    """`found` None: nothing was searched for yet."""
    return visit.page("profiles/search.html", status=status, form=form, found=found, kinds=KINDS)


def _profile(visit: Visit, profile: ProfileView) -> Response:
    return visit.page(
        "profiles/one.html",
        profile=profile,
        kinds=KINDS,
        holdings=HOLDINGS,
        words=WORDS,
        reasons=REASONS,
    )


async def _reason(visit: Visit, profile_id: str, form: Form, *, status: int = 200) -> Response:
    profile = await profiles.get(visit.app, visit.actor, profile_id)
    return visit.page("profiles/reveal.html", status=status, profile=profile, form=form)
