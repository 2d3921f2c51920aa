"""Google's own message types (google-ads 34, API v26) and sessions (google-auth) against the pretend Google Ads API.

google-ads itself speaks gRPC only, so its calls are made here with google-auth's own session, and its messages read
the answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure
from google.ads.googleads.v26.services.types.customer_service import ListAccessibleCustomersResponse
from google.ads.googleads.v26.services.types.google_ads_service import (
    GoogleAdsRow,
    SearchGoogleAdsRequest,
    SearchGoogleAdsResponse,
    SearchGoogleAdsStreamResponse,
)
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from google.protobuf.json_format import MessageToDict, ParseDict  # type: ignore[import-untyped]  # protobuf ships no types.

from audience_sync.sandbox.google import seeds
from audience_sync.sandbox.serve import Sandbox

CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager, "
    "customer.test_account, customer.status, customer.contains_eu_political_advertising, "
    "customer.conversion_tracking_setting.accepted_customer_data_terms FROM customer LIMIT 1"
)
CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, "
    "customer_client.time_zone, customer_client.manager, customer_client.test_account, customer_client.hidden, "
    "customer_client.level, customer_client.status FROM customer_client "
    "WHERE customer_client.level <= 5 AND customer_client.manager = FALSE"
)


@dataclass(frozen=True)
class Ads:
    """The Google Ads API of a sandbox, called with google-auth and read with google-ads."""

    sandbox: Sandbox
    session: AuthorizedSession

    def post(self, customer: str, verb: str, query: str, login: str = "") -> Any:
        request = SearchGoogleAdsRequest(query=query)
        body = MessageToDict(SearchGoogleAdsRequest.pb(request), always_print_fields_with_no_presence=False)
        headers = {"login-customer-id": login} if login else {}
        url = f"{self.sandbox.url}/v26/customers/{customer}/googleAds:{verb}"
        return self.session.post(url, json=body, headers=headers)

    def rows(self, customer: str, query: str, login: str = "") -> list[GoogleAdsRow]:
        answer = SearchGoogleAdsResponse()
        ParseDict(self.post(customer, "search", query, login).json(), SearchGoogleAdsResponse.pb(answer))
        return list(answer.results)


@pytest.fixture(scope="module")
def ads() -> Iterator[Ads]:
    with Sandbox.start("google") as sandbox:
        credentials = Credentials(  # type: ignore[no-untyped-call]  # google-auth has untyped functions.
            None,
            refresh_token=seeds.USER_REFRESH_TOKEN,
            token_uri=f"{sandbox.url}/token",
            client_id="sandbox-app",
            client_secret="sandbox-secret",
            scopes=[seeds.ADWORDS],
        )
        with AuthorizedSession(credentials) as session:  # type: ignore[no-untyped-call]  # As above.
            yield Ads(sandbox, session)


def test_the_accessible_customers_fit_the_official_message(ads: Ads) -> None:
    answer = ListAccessibleCustomersResponse()
    found = ads.session.get(f"{ads.sandbox.url}/v26/customers:listAccessibleCustomers").json()
    ParseDict(found, ListAccessibleCustomersResponse.pb(answer))
    assert list(answer.resource_names) == [f"customers/{each}" for each in seeds.DIRECT]


def test_a_customer_fits_the_official_message(ads: Ads) -> None:
    (row,) = ads.rows(seeds.MAIN, CUSTOMER)
    assert (row.customer.id, row.customer.status.name) == (int(seeds.MAIN), "ENABLED")
    assert row.customer.conversion_tracking_setting.accepted_customer_data_terms
    assert row.customer.contains_eu_political_advertising.name == "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"


def test_the_clients_of_a_manager_fit_the_official_message(ads: Ads) -> None:
    found = {row.customer_client.id: row.customer_client for row in ads.rows(seeds.MANAGER, CLIENTS, seeds.MANAGER)}
    assert found.keys() == {int(seeds.MAIN), int(seeds.SHOP_DE), int(seeds.SHOP_UK)}
    shop = found[int(seeds.SHOP_UK)]
    assert (shop.level, shop.currency_code, shop.time_zone, shop.manager) == (2, "GBP", "Europe/London", False)


def test_a_stream_fits_the_official_message(ads: Ads) -> None:
    (batch,) = ads.post(seeds.MANAGER, "searchStream", CLIENTS, seeds.MANAGER).json()
    answer = SearchGoogleAdsStreamResponse()
    ParseDict(batch, SearchGoogleAdsStreamResponse.pb(answer))
    assert len(answer.results) == 3


@pytest.mark.parametrize(
    ("customer", "query", "name"),
    [
        (seeds.CANCELED, CUSTOMER, "CUSTOMER_NOT_ENABLED"),
        (seeds.SHOP_DE, CUSTOMER, "USER_PERMISSION_DENIED"),
    ],
)
def test_a_refusal_fits_the_official_message(ads: Ads, customer: str, query: str, name: str) -> None:
    (detail,) = ads.post(customer, "search", query).json()["error"]["details"]
    failure = GoogleAdsFailure()
    ParseDict({key: value for key, value in detail.items() if key != "@type"}, GoogleAdsFailure.pb(failure))
    assert failure.errors[0].error_code.authorization_error.name == name


def test_a_quota_error_fits_the_official_message(ads: Ads) -> None:
    ads.sandbox.world.fail("google", "rate_limit:30", path="googleAds")
    (detail,) = ads.post(seeds.MAIN, "search", CUSTOMER).json()["error"]["details"]
    failure = GoogleAdsFailure()
    ParseDict({key: value for key, value in detail.items() if key != "@type"}, GoogleAdsFailure.pb(failure))
    assert failure.errors[0].details.quota_error_details.retry_delay.seconds == 30
