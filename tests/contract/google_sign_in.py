"""What the tests of Google's sign-in share: the way there, and a person who answers the consent page."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2

from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.model.platforms import Grant
from audience_sync.sandbox.serve import Sandbox
from audience_sync.settings import load_settings
from tests.contract.stage import RecordingLimiter

GOOGLE = CONNECTORS["google"]
REDIRECT = "http://127.0.0.1:8000/api/v1/platforms/google/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-as-rfc-7636-wants"
HOUR = 3_600


def way(sandbox: Sandbox, client: httpx2.AsyncClient) -> Api:
    """The way to this sandbox, with our app and no token yet."""
    places = {f"google_{name}": f"{sandbox.url}/google/" for name in ("api_url", "login_url", "token_url", "ads_url")}
    app = {"google_app_id": "sandbox-app", "google_app_secret": "sandbox-secret"}
    return api_for(load_settings(**places, **app), "google", client, RecordingLimiter(), Traveller(name="Main Account"))


def address(api: Api) -> str:
    return GOOGLE.login_url(api, redirect_uri=REDIRECT, state="a state", verifier=VERIFIER)


async def consent(api: Api, **form: str) -> dict[str, str]:
    """What the consent page sends back when the person has answered it."""
    asked = urlsplit(address(api))
    fields = dict(parse_qsl(asked.query)) | {"decision": "continue", **form}
    answer = await api.client.post(f"{asked.scheme}://{asked.netloc}{asked.path}", data=fields)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def connect(api: Api, **form: str) -> Grant:
    return await exchange(api, (await consent(api, **form))["code"])


async def exchange(api: Api, code: str, verifier: str = VERIFIER) -> Grant:
    return await GOOGLE.exchange(api, code=code, redirect_uri=REDIRECT, verifier=verifier)


def left(grant: Grant, sandbox: Sandbox) -> timedelta:
    assert grant.expires_at is not None
    return grant.expires_at - datetime.fromtimestamp(sandbox.world.clock.now(), UTC)
