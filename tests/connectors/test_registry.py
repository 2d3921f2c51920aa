"""The way to a platform is made of its card, unless a setting says otherwise."""

import pytest

from audience_sync.connectors.client import open_client
from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for, audience_link, rules_of
from audience_sync.connectors.wire import Unlimited
from audience_sync.identity.rules import rule_set
from audience_sync.model.platforms import Target
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


def test_view_in_leads_to_the_page_on_the_card() -> None:
    link = audience_link(load_settings(), Target("act_12", "34"), "meta")
    assert link == "https://business.facebook.com/adsmanager/audiences?act=12&selected_audience_ids=34"


@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_setting_is_the_template_of_that_page(platform: str) -> None:
    settings = load_settings(**{f"{platform}_audience_link": "https://ads.example/{account}/lists/{audience}?v=2"})
    assert audience_link(settings, Target("12", "34"), platform) == "https://ads.example/12/lists/34?v=2"


def test_an_audience_that_the_platform_does_not_know_yet_has_no_page() -> None:
    assert audience_link(load_settings(), Target("12", ""), "meta") == ""


@pytest.mark.parametrize(
    ("forms", "name"),
    [
        ({}, "tiktok/1"),
        ({"tiktok_phone_form": "both"}, "tiktok/1+phone=both"),
        ({"tiktok_phone_form": "digits", "tiktok_email_form": "plain"}, "tiktok/1+email=plain+phone=digits"),
    ],
)
def test_the_rules_are_named_after_the_forms_that_were_chosen(forms: dict[str, str], name: str) -> None:
    assert rules_of(load_settings(**forms), "tiktok") == name == rule_set(name).name
