"""Customers, managers and clients of the pretend Google Ads API."""

from typing import Any

import httpx2
import pytest

from audience_sync.sandbox.google import seeds
from tests.sandbox.google.wire import MAIN, MANAGER, SHOP_DE, SHOP_UK, Wire, ads_error, reason

CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager, "
    "customer.test_account, customer.status FROM customer LIMIT 1"
)
CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.level, customer_client.status "
    "FROM customer_client WHERE customer_client.level <= 5 AND customer_client.manager = FALSE"
)


async def search(wire: Wire, customer: str, query: str, login: str = "", **more: Any) -> httpx2.Response:
    headers = {"login-customer-id": login} if login else {}
    body = {"query": query, **more.pop("body", {})}
    verb = more.pop("verb", "search")
    return await wire.call("POST", f"v26/customers/{customer}/googleAds:{verb}", json=body, headers=headers, **more)


async def clients(wire: Wire, query: str, **body: Any) -> Any:
    return (await search(wire, MANAGER, query, MANAGER, body=body)).json()


async def test_only_customers_with_access_of_their_own_are_listed(wire: Wire) -> None:
    found = (await wire.call("GET", "v26/customers:listAccessibleCustomers")).json()
    assert found == {"resourceNames": [f"customers/{each}" for each in seeds.DIRECT]}


async def test_a_customer_is_shown_by_its_names_in_camel_case_and_its_id_as_text(wire: Wire) -> None:
    found = (await search(wire, MAIN, CUSTOMER)).json()
    assert found["results"] == [
        {
            "customer": {
                "resourceName": f"customers/{MAIN}",
                "id": MAIN,
                "descriptiveName": "Main Account",
                "currencyCode": "USD",
                "timeZone": "America/New_York",
                "manager": False,
                "testAccount": False,
                "status": "ENABLED",
            }
        }
    ]
    assert found["fieldMask"].startswith("customer.id,customer.descriptiveName,customer.currencyCode")


async def test_a_manager_shows_its_clients_at_every_level(wire: Wire) -> None:
    found = [each["customerClient"] for each in (await clients(wire, CLIENTS))["results"]]
    assert {each["id"]: each["level"] for each in found} == {MAIN: "1", SHOP_DE: "1", SHOP_UK: "2"}
    assert found[0]["resourceName"] == f"customers/{MANAGER}/customerClients/{found[0]['id']}"


async def test_the_manager_is_its_own_client_at_level_0(wire: Wire) -> None:
    query = "SELECT customer_client.id FROM customer_client WHERE customer_client.level = 0"
    assert [each["customerClient"]["id"] for each in (await clients(wire, query))["results"]] == [MANAGER]


async def test_a_client_is_reached_through_its_manager_only(wire: Wire) -> None:
    assert (await search(wire, SHOP_UK, CUSTOMER, MANAGER)).status_code == 200
    alone = await search(wire, SHOP_UK, CUSTOMER)
    assert ads_error(alone) == (403, {"authorizationError": "USER_PERMISSION_DENIED"})


async def test_a_manager_without_the_client_is_the_wrong_combination(wire: Wire) -> None:
    answer = await search(wire, seeds.TEST, CUSTOMER, MANAGER)
    code = "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"
    assert ads_error(answer) == (403, {"authorizationError": code})


async def test_a_canceled_customer_is_not_enabled(wire: Wire) -> None:
    answer = await search(wire, seeds.CANCELED, CUSTOMER)
    assert ads_error(answer) == (403, {"authorizationError": "CUSTOMER_NOT_ENABLED"})


async def test_customers_can_be_suspended(wire: Wire) -> None:
    wire.configure(suspended_accounts=[MAIN])
    assert (await search(wire, MAIN, CUSTOMER)).json()["results"][0]["customer"]["status"] == "SUSPENDED"


async def test_the_terms_and_the_declaration_can_be_asked_for(wire: Wire) -> None:
    wire.configure(terms_missing=[MAIN], undeclared_accounts=[SHOP_DE])
    terms = "customer.conversion_tracking_setting.accepted_customer_data_terms"
    query = f"SELECT {terms}, customer.contains_eu_political_advertising FROM customer"
    main = (await search(wire, MAIN, query)).json()["results"][0]["customer"]
    shop = (await search(wire, SHOP_DE, query, MANAGER)).json()["results"][0]["customer"]
    assert main["conversionTrackingSetting"] == {"acceptedCustomerDataTerms": False}
    assert main["containsEuPoliticalAdvertising"] == "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"
    assert shop["containsEuPoliticalAdvertising"] == "UNSPECIFIED"


async def test_the_internal_id_is_in_an_address_that_campaigns_know(wire: Wire) -> None:
    query = "SELECT customer.id, metrics.optimization_score_url FROM campaign LIMIT 1"
    found = (await search(wire, MAIN, query)).json()["results"][0]
    assert found["metrics"]["optimizationScoreUrl"].endswith("?ocid=700100200")
    assert "results" not in (await search(wire, seeds.TEST, query)).json()


async def test_rows_come_page_by_page(wire: Wire) -> None:
    wire.configure(extra_accounts=5, search_page_rows=3)
    found, token = [], ""
    while True:
        page = await clients(wire, CLIENTS, pageToken=token)
        found.append(len(page["results"]))
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert found == [3, 3, 2]


async def test_a_stream_is_a_list_of_batches(wire: Wire) -> None:
    wire.configure(search_page_rows=2)
    found = (await search(wire, MANAGER, CLIENTS, MANAGER, verb="searchStream")).json()
    assert [len(each["results"]) for each in found] == [2, 1]


async def test_a_developer_token_is_not_looked_at(wire: Wire) -> None:
    answer = await wire.call(
        "POST", f"v26/customers/{MAIN}/googleAds:search", json={"query": CUSTOMER}, headers={"developer-token": "x"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pageSize": 100}, {"requestError": "PAGE_SIZE_NOT_SUPPORTED"}),
        ({"page_token": "!"}, {"requestError": "INVALID_PAGE_TOKEN"}),
        ({"query": "SELECT customer.nothing FROM customer"}, {"queryError": "UNRECOGNIZED_FIELD"}),
        ({"query": "SELECT ad.id FROM ad"}, {"queryError": "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"}),
        ({"query": "FROM customer"}, {"queryError": "EXPECTED_SELECT"}),
    ],
)
async def test_a_wrong_search_is_refused(wire: Wire, body: dict[str, Any], code: dict[str, str]) -> None:
    assert ads_error(await search(wire, MAIN, CUSTOMER, body=body)) == (400, code)


async def test_a_header_with_hyphens_is_refused(wire: Wire) -> None:
    answer = await search(wire, MAIN, CUSTOMER, "999-888-7777")
    assert ads_error(answer) == (400, {"headerError": "INVALID_LOGIN_CUSTOMER_ID"})


async def test_a_version_that_is_gone_is_refused(wire: Wire) -> None:
    answer = await wire.call("GET", "v22/customers:listAccessibleCustomers")
    assert ads_error(answer) == (400, {"requestError": "UNSUPPORTED_VERSION"})


@pytest.mark.parametrize(("token", "code"), [("", "OAUTH_TOKEN_INVALID"), ("nobody's", "OAUTH_TOKEN_INVALID")])
async def test_a_call_without_a_good_token_is_refused(wire: Wire, token: str, code: str) -> None:
    answer = await wire.call("GET", "v26/customers:listAccessibleCustomers", token=token)
    assert ads_error(answer) == (401, {"authenticationError": code})


async def test_a_token_without_the_scope_is_refused_by_the_front_end(wire: Wire) -> None:
    wire.google.state.tokens.access["narrow"] = wire.google.state.tokens.issue(
        wire.google.state.tokens.grants[0], (seeds.DATA_MANAGER,), wire.world.clock.now() + 60
    )
    answer = await wire.call("GET", "v26/customers:listAccessibleCustomers", token="narrow")
    assert reason(answer) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


async def test_rows_come_in_the_order_asked_for(wire: Wire) -> None:
    query = f"{CLIENTS} ORDER BY customer_client.level DESC, customer_client.descriptive_name"
    found = [each["customerClient"]["descriptiveName"] for each in (await clients(wire, query))["results"]]
    assert found == ["Shop UK", "Main Account", "Shop DE"]


async def test_a_token_whose_grant_was_revoked_is_refused_by_that_name(wire: Wire) -> None:
    await wire.call("POST", "revoke", token="", data={"token": seeds.USER_TOKEN})
    answer = await wire.call("GET", "v26/customers:listAccessibleCustomers")
    assert ads_error(answer) == (401, {"authenticationError": "OAUTH_TOKEN_REVOKED"})


async def test_a_customer_id_with_hyphens_is_refused(wire: Wire) -> None:
    assert ads_error(await search(wire, "123-456-7890", CUSTOMER)) == (400, {"requestError": "INVALID_CUSTOMER_ID"})


@pytest.mark.parametrize("content", [b"{", b'{"question": "who?"}'])
async def test_what_is_no_search_is_refused_by_the_front_end(wire: Wire, content: bytes) -> None:
    answer = await wire.call("POST", f"v26/customers/{MAIN}/googleAds:search", content=content)
    assert answer.json()["error"]["message"].startswith("Invalid JSON payload received.")
