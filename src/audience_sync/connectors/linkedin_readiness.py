"""What an ad account of LinkedIn needs before it takes audiences in."""

from collections.abc import Sequence

from audience_sync.connectors.http import Api
from audience_sync.connectors.linkedin_wire import CARD
from audience_sync.errors import SetupError
from audience_sync.model.platforms import Readiness, ReadinessState, RemoteAccount

SOURCE_HINT = "Set AUDIENCE_SYNC_LINKEDIN_SOURCE_PLATFORM to the word that LinkedIn gave you when it approved the app."
APPS_LINK = "https://www.linkedin.com/developers/apps"
MISSING, OK, UNKNOWN = ReadinessState.MISSING, ReadinessState.OK, ReadinessState.UNKNOWN


def checks(api: Api, account: str, reached: Sequence[RemoteAccount]) -> list[Readiness]:
    """The checklist of one ad account. LinkedIn does not tell whether it has approved the app for audiences."""
    link = CARD.terms_link.format(account=account)
    problem = {each.remote_id: each.problem for each in reached}.get(
        account, "The connected LinkedIn user does not reach this ad account."
    )
    words = "LinkedIn does not say whether it has approved the app for Matched Audiences."
    return [
        Readiness("account", "Ad account is active", MISSING if problem else OK, problem, link if problem else ""),
        Readiness("approval", "App approved for audiences", UNKNOWN, words, link),
        _source(api),
    ]


def source_platform(api: Api) -> str:
    """The word for us among LinkedIn's source platforms, which it tells everybody whom it approves."""
    if word := api.options["source_platform"]:
        return word
    raise SetupError(
        "LinkedIn makes no audience without the name of its source platform.",
        SOURCE_HINT,
        code="LINKEDIN_SOURCE_MISSING",
    )


def _source(api: Api) -> Readiness:
    label = "Source platform set"
    if api.options["source_platform"]:
        return Readiness("source", label, OK)
    return Readiness("source", label, MISSING, SOURCE_HINT, APPS_LINK)
