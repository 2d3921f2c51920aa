"""The way to a platform is made of its card, unless a setting says otherwise."""

import pytest

from audience_sync.connectors.http import Api, open_client
from audience_sync.connectors.registry import Traveller, api_for
from audience_sync.connectors.wire import Unlimited
from audience_sync.settings import load_settings


def way(**settings: object) -> Api:
    return api_for(load_settings(**settings), "meta", open_client(), Unlimited(), Traveller("EAAB"))


def test_without_settings_the_card_says_where_the_platform_is() -> None:
    api = way()
    assert api.base_url == "https://graph.facebook.com/v26.0"
    assert api.login_url == "https://www.facebook.com"


@pytest.mark.parametrize("end", ["", "/"])
def test_a_setting_leads_elsewhere_and_to_another_version(end: str) -> None:
    api = way(meta_api_url=f"http://127.0.0.1:9100/meta{end}", meta_version="v27.0")
    assert api.base_url == "http://127.0.0.1:9100/meta/v27.0"


def test_the_platforms_own_settings_arrive_without_their_prefix() -> None:
    api = way(meta_config_id="c1", meta_requests_per_second=2.5, meta_app_id="a1", meta_app_secret="s1")
    assert (api.options["config_id"], api.options["requests_per_second"]) == ("c1", "2.5")
    assert (api.app_id, api.app_secret) == ("a1", "s1")
