"""The platforms that we have a connector for, and the way to each of them."""

from dataclasses import dataclass, field

import httpx2

from audience_sync.connectors.google import Google
from audience_sync.connectors.http import Api
from audience_sync.connectors.linkedin import LinkedIn
from audience_sync.connectors.meta import Meta
from audience_sync.connectors.protocol import Connector
from audience_sync.connectors.snapchat import Snapchat
from audience_sync.connectors.tiktok import TikTok
from audience_sync.connectors.wire import Limiter
from audience_sync.errors import NotFound
from audience_sync.identity.rules import named
from audience_sync.model.platforms import Target
from audience_sync.settings import Settings

CONNECTORS: dict[str, Connector] = {
    "meta": Meta(),
    "google": Google(),
    "tiktok": TikTok(),
    "snapchat": Snapchat(),
    "linkedin": LinkedIn(),
}


def connector_of(platform: str) -> Connector:
    """The platform's connector; NotFound when there is none."""
    if platform not in CONNECTORS:
        raise NotFound(f"There is no platform {platform!r}.", f"Platforms: {', '.join(CONNECTORS)}.")
    return CONNECTORS[platform]


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who goes to a platform: a grant's token, how people call what it is used for, and through which account."""

    token: str = field(default="", repr=False)
    name: str = ""
    connection: str = ""
    via: str = ""


NOBODY = Traveller()


def api_for(
    settings: Settings, platform: str, client: httpx2.AsyncClient, limiter: Limiter, who: Traveller = NOBODY
) -> Api:
    """The way to the platform for that traveller."""
    connector = connector_of(platform)
    card, options = connector.card, _options(settings, platform)
    version = options.get("version") or card.version
    return Api(
        client=client,
        dialect=connector,
        base_url=card.base.format(address=(options.get("api_url") or card.api_url).rstrip("/"), version=version),
        login_url=(options.get("login_url") or card.login_url).rstrip("/"),
        version=version,
        limiter=limiter,
        token=who.token,
        connection=who.connection,
        via=who.via,
        app_id=options.get("app_id", ""),
        app_secret=options.get("app_secret", ""),
        options=options,
        name=who.name,
    )


def rules_of(settings: Settings, platform: str) -> str:
    """The name of the rules by which the platform's keys are made here: the card's, with the forms that were chosen."""
    card = connector_of(platform).card
    forms = {option: settings.of_platform(platform, f"{option}_form") for option in card.rule_options}
    return named(card.rules, {option: form for option, form in forms.items() if form})


def audience_link(settings: Settings, target: Target, platform: str) -> str:
    """The address of the audience's page on its platform; `` while it has none."""
    if not target.remote_id:
        return ""
    card = connector_of(platform).card
    template = settings.of_platform(platform, "audience_link") or card.audience_link
    return template.format(account=target.account.removeprefix("act_"), audience=target.remote_id)


def _options(settings: Settings, platform: str) -> dict[str, str]:
    """The platform's own settings by their names without its prefix."""
    prefix = f"{platform}_"
    names = [name for name in Settings.model_fields if name.startswith(prefix)]
    return {name.removeprefix(prefix): settings.of_platform(platform, name.removeprefix(prefix)) for name in names}
