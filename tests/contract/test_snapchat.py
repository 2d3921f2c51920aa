"""Snapchat keeps the contract, and what is Snapchat's own about segments and members."""

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pytest

from audience_sync.errors import ActionNeeded, AudienceGone, Reconnect, Rejected, RetryLater
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import ReadinessState
from audience_sync.sandbox.snapchat.platform import Snapchat as SnapchatSandbox
from audience_sync.sandbox.snapchat.segment import Segment
from tests.contract.claims_audiences import RenameClaims
from tests.contract.claims_faults import WholeBatchClaims
from tests.contract.stage import Stage
from tests.contract.suite import ConnectorContract

KINDS = ["EMAIL_SHA256", "PHONE_SHA256", "MOBILE_AD_ID_SHA256"]
LOGIN_CODES = ("invalid_grant", "invalid_client")
MOST_IDENTIFIERS = 100_000
CONNECTION = "snapchat:c1"
HASH = "a" * 64


class TestSnapchat(ConnectorContract, RenameClaims, WholeBatchClaims):
    """Snapchat's own claims stand below those that it inherits."""

    platform = "snapchat"
    token = "SANDBOX_TOKEN"
    account = "8adc3db7-8148-4fbf-999c-8d2266369d74"
    app = {"snapchat_app_id": "sandbox-app", "snapchat_app_secret": "sandbox-secret"}  # noqa: RUF012  # Nobody changes it.
    expire_token = "expired_token"
    # From the beginning a segment takes members, save where a test says otherwise.
    sandbox_settings = MappingProxyType({"activation_seconds": 0.0})

    def limit_keys(self, stage: Stage) -> list[str]:
        return [CONNECTION, "snapchat:app"]

    def counted(self, stage: Stage, rows: pa.Table) -> int:
        return len(stage.keys_of(rows))

    def faults(self, stage: Stage) -> list[FaultRule]:
        return [rule for rule in stage.connector.card.faults if rule.code not in LOGIN_CODES]

    def fault_of(self, rule: FaultRule) -> str:
        return f"error:400/{rule.code}" if rule.code else f"error:{rule.subcode}"

    def segment(self, stage: Stage) -> Segment:
        platform = stage.sandbox.world.platforms["snapchat"]
        assert isinstance(platform, SnapchatSandbox)
        return platform.state.segments[stage.target.remote_id]

    # --- Members ---------------------------------------------------------------------------------------------------

    async def test_each_kind_of_key_travels_alone_and_in_the_order_of_the_card(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people(range(5)))
        sent = [sent_users(request.body) for request in stage.requests("users")]
        assert [each["schema"] for each in sent] == [[kind] for kind in KINDS]
        assert all(len(row) == 1 for each in sent for row in each["data"])

    async def test_a_kind_that_nobody_has_is_not_sent(self, stage: Stage) -> None:
        await stage.create()
        await stage.remove(stage.naming(stage.people(range(5)), kind="phone"))
        assert [sent_users(request.body)["schema"] for request in stage.requests("users")] == [["PHONE_SHA256"]]

    async def test_a_key_that_two_people_share_travels_once(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people([1, 1, 2]).select(["email"])
        receipt = await stage.add(rows)
        assert (len(sent_users(stage.requests("users")[0].body)["data"]), receipt.received) == (2, 2)

    async def test_a_removal_travels_in_the_body_of_a_delete(self, stage: Stage) -> None:
        await self.filled(stage, range(3))
        await stage.remove(stage.naming(stage.people([1])))
        request = stage.requests("users")[-1]
        assert (request.method, request.query, len(sent_users(request.body)["data"])) == ("DELETE", "", 1)

    async def test_no_audience_is_ever_emptied_at_once(self, stage: Stage) -> None:
        await self.filled(stage, range(10))
        await stage.remove(stage.people(range(10)))
        assert (stage.held(), stage.requests("all_users")) == (set(), [])

    async def test_one_identifier_above_snapchats_maximum_is_refused(self, stage: Stage) -> None:
        await stage.create()
        one_too_many = pa.table({"email": [f"{n:064x}" for n in range(MOST_IDENTIFIERS + 1)]})
        assert stage.connector.card.max_rows <= MOST_IDENTIFIERS
        with pytest.raises(Rejected):
            await stage.add(one_too_many)

    async def test_a_kind_that_was_sent_before_a_later_one_failed_is_sent_again(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        stage.fail("reset_after", times=None, path="users", after=1)
        with pytest.raises(RetryLater):
            await stage.add(rows)
        stage.sandbox.world.faults.clear()
        await stage.add(rows, attempt=2)
        assert stage.held() == stage.keys_of(rows)

    async def test_a_segment_that_has_just_been_made_asks_for_patience(self, stage: Stage) -> None:
        self.configure(stage, refuse_pending=True, activation_seconds=30.0)
        await stage.create()
        with pytest.raises(RetryLater, match="still preparing"):
            await stage.add(stage.people([1]))
        stage.settle()
        await stage.add(stage.people([1]))
        assert stage.held() == stage.keys_of(stage.people([1]))

    async def test_a_segment_that_stays_pending_is_no_reason_for_ever(self, stage: Stage) -> None:
        self.configure(stage, refuse_pending=True, activation_seconds=7_200.0)
        await stage.create()
        self.segment(stage).created_at -= 3_600
        with pytest.raises(Rejected):
            await stage.add(stage.people([1]))

    # --- What hides in an answer -----------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("code", "kind"), [("E3002", ActionNeeded), ("E3003", AudienceGone), ("E2006", Rejected), ("E9999", Rejected)]
    )
    @pytest.mark.parametrize("http", [200, 400])
    @pytest.mark.parametrize("lower", [True, False])
    async def test_a_refusal_hidden_in_an_item_is_seen(
        self, stage: Stage, code: str, kind: type[Exception], http: int, lower: bool
    ) -> None:
        await stage.create()
        self.configure(stage, refused_http=http, lower_case_status=lower)
        stage.fail(f"sub_error:{code}", times=None, path="users")
        with pytest.raises(kind):
            await stage.add(stage.people(range(3)))
        assert stage.held() == set()

    async def test_a_refusal_of_the_last_kind_only_is_seen(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("sub_error:E9999", path="users", after=2)
        with pytest.raises(Rejected):
            await stage.add(stage.people(range(3)))

    async def test_a_success_in_lower_case_is_one(self, stage: Stage) -> None:
        self.configure(stage, lower_case_status=True)
        await stage.create()
        receipt = await stage.add(stage.people([1]))
        assert (receipt.received, receipt.invalid) == (3, 0)

    async def test_a_create_that_is_refused_inside_a_success_is_no_audience(self, stage: Stage) -> None:
        stage.fail("sub_error:E2006")
        with pytest.raises(Rejected):
            await stage.create()

    async def test_a_refusal_shows_nothing_that_was_sent(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(3))
        key = rows["email"][1].as_py()
        stage.fail(f"poison:{key}")
        with pytest.raises(Rejected) as refused:
            await stage.add(rows)
        assert (refused.value.details["about_rows"], bool(refused.value.details["trace"])) == (True, True)
        assert key not in f"{refused.value} {refused.value.details}"

    async def test_a_missing_role_is_not_about_rows(self, stage: Stage) -> None:
        await stage.create()
        self.mark(stage, "no_role")
        with pytest.raises(ActionNeeded, match="Data Manager") as refused:
            await stage.add(stage.people(range(3)))
        assert "about_rows" not in refused.value.details

    async def test_a_bare_unauthorized_asks_to_reconnect(self, stage: Stage) -> None:
        stage.api = stage.api.with_token("SANDBOX_EXPIRED_TOKEN")
        with pytest.raises(Reconnect):
            await stage.create()

    # --- Limits ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("as_html", [True, False])
    async def test_too_many_requests_are_repeated_before_everybody_waits(self, stage: Stage, as_html: bool) -> None:
        self.configure(stage, limit_as_html=as_html)
        await stage.create()
        stage.fail("rate_limited", times=3)
        await stage.connector.measure(stage.api, stage.target)
        passing = dict(stage.limiter.pushed)
        stage.fail("rate_limited", times=None)
        with pytest.raises(RetryLater):
            await stage.connector.measure(stage.api, stage.target)
        assert (passing, stage.limiter.pushed) == ({}, {CONNECTION: 60})

    # --- Segments --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("setting", "days"), [({}, 9999), ({"snapchat_retention_days": 30}, 30)])
    async def test_a_segment_keeps_its_members_for_as_long_as_is_set(
        self, stage: Stage, setting: dict[str, int], days: int
    ) -> None:
        options = {name.removeprefix("snapchat_"): str(value) for name, value in setting.items()}
        stage.api = replace(stage.api, options={**stage.api.options, **options})
        await stage.create()
        (wanted,) = json.loads(stage.requests("segments")[0].body)["segments"]
        assert (wanted["retention_in_days"], wanted["source_type"]) == (days, "FIRST_PARTY")
        assert wanted["ad_account_id"] == self.account
        assert (await stage.connector.measure(stage.api, stage.target)).membership_days == days % 9999

    async def test_a_rename_leaves_the_retention_as_it_is(self, stage: Stage) -> None:
        stage.api = replace(stage.api, options={**stage.api.options, "retention_days": "30"})
        await stage.create()
        stage.api = replace(stage.api, options={**stage.api.options, "retention_days": "9999"})
        self.configure(stage, retention_changeable=False)
        await stage.connector.rename(stage.api, stage.target, name="New", description="")
        assert json.loads(stage.requests("segments")[-1].body)["segments"][0]["retention_in_days"] == 30

    async def test_a_name_that_is_fixed_says_so(self, stage: Stage) -> None:
        self.configure(stage, rename_allowed=False)
        await stage.create()
        with pytest.raises(Rejected) as refused:
            await stage.connector.rename(stage.api, stage.target, name="New", description="")
        assert refused.value.code == "SNAPCHAT_FIELD_FIXED"

    async def test_segments_on_later_pages_are_listed(self, stage: Stage) -> None:
        self.configure(stage, page_size=2)
        made = {(await stage.create(f"List {n}")).remote_id for n in range(5)}
        found = await stage.connector.audiences(stage.api, stage.account)
        pages = [request for request in stage.requests() if request.method == "GET"]
        assert ({each.remote_id for each in found}, len(pages)) == (made, 3)

    async def test_a_next_page_on_another_host_is_never_asked_for(self, stage: Stage) -> None:
        self.configure(stage, page_size=2)
        for name in "abc":
            await stage.create(name)
        stage.fail("foreign_link")
        with pytest.raises(Rejected, match="not Snapchat's API"):
            await stage.connector.audiences(stage.api, stage.account)

    async def test_a_segment_unknown_for_a_moment_is_asked_for_again(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("error:404", times=2)
        await stage.add(stage.people([1]))
        assert stage.held() == stage.keys_of(stage.people([1]))

    async def test_a_segment_that_is_being_counted_has_no_size(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(5)))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.size_low, facts.ready, facts.state) == (None, None, "Being processed, not counted yet")

    async def test_snapchat_says_no_match_rate(self, stage: Stage) -> None:
        await self.filled(stage, range(2000))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert (facts.match_low, facts.match_high, facts.state) == (None, None, "Normal, ready to use")

    # --- Accounts --------------------------------------------------------------------------------------------------

    async def test_the_accounts_of_every_organization_are_listed(self, stage: Stage) -> None:
        found = await stage.connector.accounts(stage.api)
        assert [(each.name, each.business) for each in found] == [
            ("Main Account", "Stratum Business"),
            ("Secondary Account", "Stratum Business"),
            ("Test Account", "Stratum Agency"),
        ]
        assert (found[1].currency, found[1].timezone) == ("EUR", "Europe/Berlin")
        assert all(each.usable and not each.problem for each in found)

    async def test_an_account_that_may_only_be_looked_at_says_which_role_is_missing(self, stage: Stage) -> None:
        self.configure(stage, view_only_accounts=[self.account])
        found = {each.remote_id: each for each in await stage.connector.accounts(stage.api)}
        assert (found[self.account].usable, "Data Manager" in found[self.account].problem) == (False, True)
        assert sum(each.usable for each in found.values()) == 2

    async def test_an_account_that_is_not_active_is_not_usable(self, stage: Stage) -> None:
        self.configure(stage, account_status="PAUSED")
        found = (await stage.connector.accounts(stage.api))[0]
        assert (found.usable, found.status, "paused" in found.problem) == (False, "paused", True)

    @pytest.mark.parametrize(
        ("settings", "states"),
        [
            ({}, {"account": "ok", "role": "ok", "terms": "unknown"}),
            ({"account_status": "PAUSED"}, {"account": "missing", "role": "ok", "terms": "unknown"}),
        ],
    )
    async def test_readiness_says_what_is_in_order(
        self, stage: Stage, settings: dict[str, str], states: dict[str, str]
    ) -> None:
        self.configure(stage, **settings)
        found = await stage.connector.readiness(stage.api, self.account)
        assert {each.code: each.state for each in found} == states
        assert all(each.link for each in found if each.state is not ReadinessState.OK)

    async def test_readiness_of_an_account_out_of_reach_says_so(self, stage: Stage) -> None:
        (found,) = await stage.connector.readiness(stage.api, "another")
        assert (found.code, found.state) == ("account", ReadinessState.MISSING)

    async def test_a_role_that_only_looks_is_missing(self, stage: Stage) -> None:
        self.configure(stage, view_only_accounts=[self.account])
        found = {each.code: each.state for each in await stage.connector.readiness(stage.api, self.account)}
        assert found["role"] is ReadinessState.MISSING


def sent_users(body: bytes) -> dict[str, Any]:
    (found,) = json.loads(body)["users"]
    return dict(found)
