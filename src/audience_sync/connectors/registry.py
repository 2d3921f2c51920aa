"""The platforms that we have a connector for, and the way to each of them."""

import httpx2

from audience_sync.connectors.http import Api
from audience_sync.connectors.meta import Meta
from audience_sync.connectors.protocol import Connector
from audience_sync.connectors.wire import Limiter
from audience_sync.errors import NotFound
from audience_sync.settings import Settings

CONNECTORS: dict[str, Connector] = {
    "meta": Meta(),
}


def connector_of(platform: str) -> Connector:
    """The platform's connector; NotFound when there is none."""
    if platform not in CONNECTORS:
        raise NotFound(f"There is no platform {platform!r}.", f"Platforms: {', '.join(CONNECTORS)}.")
    return CONNECTORS[platform]


def api_for(
    settings: Settings, platform: str, client: httpx2.AsyncClient, limiter: Limiter, *, token: str = "", name: str = ""
) -> Api:
    """The way to the platform with one grant's token; `name` is how people call the ad account or connection."""
    connector = connector_of(platform)
    card, options = connector.card, _options(settings, platform)
    version = options.get("version") or card.version
    return Api(
        client=client,
        dialect=connector,
        base_url=f"{(options.get('api_url') or card.api_url).rstrip('/')}/{version}",
        login_url=f"{(options.get('login_url') or card.login_url).rstrip('/')}/{version}",
        rate=float(options["requests_per_second"]),
        limiter=limiter,
        token=token,
        app_id=options.get("app_id", ""),
        app_secret=options.get("app_secret", ""),
        options=options,
        name=name,
    )


def _options(settings: Settings, platform: str) -> dict[str, str]:
    """The platform's own settings by their names without its prefix."""
    prefix = f"{platform}_"
    names = [name for name in Settings.model_fields if name.startswith(prefix)]
    return {name.removeprefix(prefix): settings.of_platform(platform, name.removeprefix(prefix)) for name in names}
