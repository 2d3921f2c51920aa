"""Meta's official SDK (facebook-business) as an independent client of the pretend Meta.

It did not learn Meta from us, so whatever it cannot do here would be a fault of the sandbox. Left out is what no
connector of ours uses and the sandbox does not have: batch requests, sharing, health and customaudiencestos.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount  # type: ignore[import-untyped]  # The SDK has no types.
from facebook_business.adobjects.business import Business  # type: ignore[import-untyped]  # As above.
from facebook_business.adobjects.customaudience import CustomAudience  # type: ignore[import-untyped]  # As above.
from facebook_business.adobjects.customaudiencesession import (  # type: ignore[import-untyped]  # As above.
    CustomAudienceSession,
)
from facebook_business.adobjects.user import User  # type: ignore[import-untyped]  # As above.
from facebook_business.api import FacebookAdsApi  # type: ignore[import-untyped]  # As above.
from facebook_business.exceptions import FacebookRequestError  # type: ignore[import-untyped]  # As above.
from facebook_business.session import FacebookSession  # type: ignore[import-untyped]  # As above.

from audience_sync.sandbox.meta.audiences import AUDIENCE_FIELDS
from audience_sync.sandbox.serve import Sandbox
from tests.sandbox.graph import MAIN, people, sha

# The SDK's names of types, and what a JSON answer must hold for them. Objects of its own are JSON objects.
KINDS: dict[str, Any] = {
    "string": str,
    "int": int,
    "unsigned int": int,
    "bool": bool,
    "float": (int, float),
    "list<string>": list,
}
ACCOUNT_FIELDS = (
    "account_id", "name", "currency", "account_status", "disable_reason", "timezone_id", "timezone_name",
    "timezone_offset_hours_utc", "business", "user_tasks", "capabilities", "tos_accepted", "user_tos_accepted",
)  # fmt: skip
ANNA, BEN, CLARA = sha("anna"), sha("ben"), sha("clara")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox.start("meta") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """A fresh pretend Meta that wants every call proven and has nothing to wait for."""
    running.world.reset()
    running.world.platforms["meta"].configure({"require_proof": True, "processing_seconds": 0.0, "match_share": 1.0})
    return running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Any]:
    """The SDK as it comes, but for the host that it calls."""
    session = FacebookSession("sandbox-app", "sandbox-secret", "SANDBOX_USER_TOKEN", timeout=60)
    session.GRAPH = sandbox.url
    session.requests.trust_env = False
    yield FacebookAdsApi(session)
    session.requests.close()


@pytest.fixture
def account(api: Any) -> Any:
    return AdAccount(MAIN, api=api)


@pytest.fixture
def audience(account: Any) -> Any:
    return create(account)


def create(account: Any, **more: Any) -> Any:
    usual = {
        "name": "VIP",
        "subtype": CustomAudience.Subtype.custom,
        "description": "d",
        "customer_file_source": CustomAudience.CustomerFileSource.user_provided_only,
    }
    return account.create_custom_audience(params={**usual, **more})


def held(sandbox: Sandbox) -> set[tuple[str, str]]:
    (view,) = sandbox.world.platforms["meta"].audiences()
    return set(view.members.all_keys())


def payload(*rows: list[str]) -> dict[str, Any]:
    return {"schema": ["EMAIL"], "data": list(rows)}


def session(number: int, **more: Any) -> dict[str, Any]:
    return {"session_id": number, "batch_seq": 1, "last_batch_flag": True, "estimated_num_total": 1, **more}


def misfits(answer: dict[str, Any], declared: dict[str, str]) -> list[str]:
    """The fields that are not of the type that the SDK declares."""
    return [name for name, value in answer.items() if not isinstance(value, KINDS.get(declared[name], dict))]


def test_it_knows_who_it_is(api: Any) -> None:
    assert User("me", api=api).api_get(fields=["id", "name"])["name"] == "Sandbox Person"


def test_it_lists_ad_accounts_over_pages(api: Any) -> None:
    found = User("me", api=api).get_ad_accounts(fields=["id", "name"], params={"limit": 1})
    assert [each["id"] for each in found] == ["act_123456789", "act_987654321", "act_111222333"]
    assert found.total() == 3


def test_it_lists_the_accounts_of_a_business(api: Any) -> None:
    (business,) = User("me", api=api).get_businesses()
    own = Business(business["id"], api=api)
    found = [
        [each["id"] for each in accounts] for accounts in (own.get_owned_ad_accounts(), own.get_client_ad_accounts())
    ]
    assert found == [["act_123456789", "act_987654321"], ["act_111222333"]]


def test_the_fields_of_an_account_have_the_types_that_it_declares(account: Any) -> None:
    found = account.api_get(fields=list(ACCOUNT_FIELDS)).export_all_data()
    assert set(found) == {"id", *ACCOUNT_FIELDS}
    assert misfits(found, AdAccount._field_types) == []


def test_it_creates_an_audience_and_reads_it(account: Any) -> None:
    made = create(account, audience_labels=["HIGH_VALUE_CUSTOMERS"])
    found = made.api_get(fields=["name", "description", "audience_labels", "operation_status"])
    assert (found["name"], found["description"], found["audience_labels"]) == ("VIP", "d", ["HIGH_VALUE_CUSTOMERS"])
    assert found["operation_status"]["code"] == 410


def test_the_fields_of_an_audience_have_the_types_that_it_declares(account: Any) -> None:
    made = create(account, retention_days=30, is_value_based=True, opt_out_link="https://example.com/out")
    made.add_users(["EMAIL"], people(300), is_raw=True, pre_hashed=True)
    found = made.api_get(fields=list(AUDIENCE_FIELDS)).export_all_data()
    assert {"retention_days", "approximate_count_lower_bound", "delivery_status"} <= set(found)
    assert misfits(found, CustomAudience._field_types) == []


def test_it_finds_an_audience_by_its_name(account: Any, audience: Any) -> None:
    create(account, name="Other")
    condition = {"field": "name", "operator": "CONTAIN", "value": "VIP"}
    found = account.get_custom_audiences(fields=["name"], params={"filtering": [condition]})
    assert [each["id"] for each in found] == [audience["id"]]


def test_its_shortcut_fills_an_audience(audience: Any, sandbox: Sandbox) -> None:
    rows = [[ANNA, BEN], [CLARA, ""]]
    answer = audience.add_users(["EMAIL", "PHONE"], rows, is_raw=True, pre_hashed=True)
    assert answer.json()["num_received"] == 2
    assert held(sandbox) == {("EMAIL", ANNA), ("PHONE", BEN), ("EMAIL", CLARA)}


def test_what_it_hashes_itself_is_taken(audience: Any, sandbox: Sandbox) -> None:
    answer = audience.add_users(["EMAIL", "FN"], [[" Mary@Example.com", "Mary"]], is_raw=True)
    assert answer.json()["num_invalid_entries"] == 0
    assert held(sandbox) == {("EMAIL", sha("mary@example.com"))}


def test_its_single_schema_is_taken(audience: Any, sandbox: Sandbox) -> None:
    audience.add_users(CustomAudience.Schema.email_hash, ["mary@example.com"])
    assert held(sandbox) == {("EMAIL", sha("mary@example.com"))}


def test_it_uploads_in_a_session_and_reads_the_session_back(audience: Any) -> None:
    for place, row in enumerate((ANNA, BEN), 1):
        more = {"batch_seq": place, "last_batch_flag": place == 2}
        audience.create_user(params={"payload": payload([row]), "session": session(5, **more)})
    (found,) = audience.get_sessions(params={"session_id": 5})
    assert (found["num_received"], found["stage"]) == ("2", "completed")
    assert misfits(found.export_all_data(), CustomAudienceSession._field_types) == []


def test_both_its_ways_of_removing_remove(audience: Any, sandbox: Sandbox) -> None:
    audience.add_users(["EMAIL"], [[ANNA], [BEN], [CLARA]], is_raw=True, pre_hashed=True)
    audience.remove_users(["EMAIL"], [[ANNA]], is_raw=True, pre_hashed=True)
    audience.delete_users(params={"payload": payload([BEN])})
    assert held(sandbox) == {("EMAIL", CLARA)}


def test_it_empties_an_audience(audience: Any, sandbox: Sandbox) -> None:
    rows = people(50)
    audience.add_users(["EMAIL"], rows, is_raw=True, pre_hashed=True)
    audience.remove_users(["EMAIL"], rows, is_raw=True, pre_hashed=True)
    assert held(sandbox) == set()


def test_it_replaces_the_members(audience: Any, sandbox: Sandbox) -> None:
    audience.add_users(["EMAIL"], [[ANNA], [BEN]], is_raw=True, pre_hashed=True)
    audience.api_get(fields=["operation_status"])
    audience.create_users_replace(params={"payload": payload([CLARA]), "session": session(6)})
    assert held(sandbox) == {("EMAIL", CLARA)}


def test_it_erases_a_person_from_every_audience(account: Any, audience: Any, sandbox: Sandbox) -> None:
    audience.add_users(["EMAIL"], [[ANNA], [BEN]], is_raw=True, pre_hashed=True)
    account.delete_users_of_any_audience(params={"payload": payload([ANNA])})
    assert held(sandbox) == {("EMAIL", BEN)}


def test_it_renames_an_audience(audience: Any) -> None:
    audience.api_update(params={"name": "VIP 2"})
    assert audience.api_get(fields=["name"])["name"] == "VIP 2"


def test_what_it_deleted_is_gone(audience: Any, sandbox: Sandbox) -> None:
    audience.api_delete()
    with pytest.raises(FacebookRequestError) as gone:
        audience.api_get(fields=["name"])
    assert (gone.value.api_error_code(), gone.value.api_error_subcode()) == (100, 33)
    assert sandbox.world.platforms["meta"].audiences() == []


def test_it_understands_our_errors(audience: Any, sandbox: Sandbox) -> None:
    sandbox.world.fail("meta", "rate_limited:7")
    with pytest.raises(FacebookRequestError) as refused:
        audience.create_user(params={"payload": payload([ANNA])})
    error = refused.value
    assert (error.api_error_code(), error.api_transient_error(), error.http_status()) == (80003, True, 400)
    assert '"estimated_time_to_regain_access": 7' in error.http_headers()["x-business-use-case-usage"]


def test_it_reads_which_field_is_to_blame(account: Any) -> None:
    with pytest.raises(FacebookRequestError) as refused:
        create(account, name="")
    assert refused.value.api_blame_field_specs() == [["name"]]


def test_a_wrong_secret_is_refused(sandbox: Sandbox, api: Any) -> None:
    stranger = FacebookSession("sandbox-app", "guess", "SANDBOX_USER_TOKEN", timeout=60)
    stranger.GRAPH = sandbox.url
    stranger.requests.trust_env = False
    with stranger.requests, pytest.raises(FacebookRequestError, match="appsecret_proof"):
        User("me", api=FacebookAdsApi(stranger)).get_ad_accounts()


def test_it_takes_a_gateways_page_for_a_success_which_is_why_we_do_not_run_on_it(
    audience: Any, sandbox: Sandbox
) -> None:
    sandbox.world.fail("meta", "http500_html")
    answer = audience.add_users(["EMAIL"], [[ANNA]], is_raw=True, pre_hashed=True)
    assert (answer.is_success(), held(sandbox)) == (True, set())
