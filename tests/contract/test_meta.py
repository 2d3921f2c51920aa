"""Meta keeps the contract, and what is Meta's own about audiences and members."""

import json
from dataclasses import replace

import pytest

from audience_sync.errors import ActionNeeded, Rejected, RetryLater, SessionLost, SetupError, TooSmall
from audience_sync.model.cards import FaultRule
from audience_sync.model.platforms import Action
from tests.contract.claims_audiences import RenameClaims
from tests.contract.claims_faults import RowClaims
from tests.contract.claims_replace import ReplaceClaims, SessionClaims
from tests.contract.stage import SESSION, Stage, batch, replacing, sent_session
from tests.contract.suite import ConnectorContract

HOUR = 3_600


class TestMeta(ConnectorContract, RenameClaims, RowClaims, ReplaceClaims, SessionClaims):
    """Meta's own claims stand below those that it inherits."""

    platform = "meta"
    token = "SANDBOX_USER_TOKEN"
    account = "123456789"
    app = {"meta_app_id": "sandbox-app", "meta_app_secret": "sandbox-secret"}  # noqa: RUF012  # Nobody changes it.
    expire_token = "expired_token"

    def fault_of(self, rule: FaultRule) -> str:
        # A row for any code is tried with the most general one; without a subcode the number itself is the code.
        code = rule.code or 100
        return f"error:{code}" if rule.subcode is None else f"error:{code}/{rule.subcode}"

    # --- Sessions --------------------------------------------------------------------------------------------------

    async def test_every_add_is_a_complete_session_of_its_own(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people(range(5)), last=False, total_rows=10)
        await stage.add(stage.people(range(5, 10)), sequence=2, total_rows=10)
        first, second = (sent_session(request) for request in stage.requests("users"))
        assert first["session_id"] != second["session_id"]
        assert {(one["batch_seq"], one["last_batch_flag"]) for one in (first, second)} == {(1, True)}

    async def test_a_second_attempt_is_a_session_of_its_own(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        await stage.add(rows)
        await stage.add(rows, attempt=2)
        first, second = (sent_session(request)["session_id"] for request in stage.requests("users"))
        assert first != second

    async def test_the_same_rows_for_two_audiences_are_two_sessions(self, stage: Stage) -> None:
        for name in ("One", "Two"):
            await stage.create(name)
            await stage.add(stage.people(range(5)))
        first, second = (sent_session(request)["session_id"] for request in stage.requests("users"))
        assert first != second

    async def test_a_batch_is_not_dropped_when_the_first_was_hours_ago(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people(range(5)), last=False, total_rows=10)
        stage.sandbox.world.clock.advance(2 * HOUR)
        await stage.add(stage.people(range(5, 10)), sequence=2, total_rows=10)
        assert stage.held() == stage.keys_of(stage.people(range(10)))

    async def test_a_replace_that_took_too_long_is_lost_and_succeeds_in_a_new_session(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        wanted = [stage.people(range(50)), stage.people(range(50, 60))]
        first, second = replacing(wanted)
        await stage.upload(first)
        stage.sandbox.world.clock.advance(2 * HOUR)
        with pytest.raises(SessionLost) as lost:
            await stage.upload(second)
        stage.settle()
        for one in replacing(wanted, session=SESSION + 1):
            receipt = await stage.upload(one)
        stage.settle()
        assert lost.value.code == "META_REPLACE_TIMED_OUT"
        assert (await stage.check(receipt)).settled
        assert stage.held() == stage.keys_of(stage.people(range(60)))

    async def test_a_later_batch_without_a_first_one_is_a_lost_session(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        with pytest.raises(SessionLost) as lost:
            await stage.upload(replacing([stage.people([1]), stage.people([2])])[1])
        assert lost.value.code == "META_REPLACE_NOT_STARTED"

    async def test_a_later_batch_after_the_end_is_a_lost_session(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        await stage.upload(replacing([stage.people([1])])[0])
        stage.settle()
        with pytest.raises(SessionLost) as lost:
            await stage.upload(batch(Action.REPLACE, stage.people([2]), sequence=2, last=False))
        assert lost.value.code == "META_REPLACE_FINISHED"

    async def test_adding_during_a_replace_asks_for_patience(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        await stage.upload(replacing([stage.people([1])])[0])
        with pytest.raises(RetryLater) as busy:
            await stage.add(stage.people([2]))
        assert (busy.value.code, busy.value.after_seconds) == ("META_UPDATE_IN_PROGRESS", 600)

    async def test_the_first_batch_starts_the_session_when_it_had_not_arrived(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        first = replacing([stage.people([1]), stage.people([2])])[0]
        await stage.upload(replace(first, attempt=2))
        assert sent_session(stage.requests("usersreplace")[-1])["batch_seq"] == 1

    async def test_nobody_cannot_replace_the_members(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(Rejected) as refused:
            await stage.upload(replacing([stage.people([])])[0])
        assert refused.value.code == "META_REPLACE_EMPTY"

    async def test_every_row_of_a_replace_that_meta_could_not_read_is_told_once(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        broken = stage.people(range(3)).set_column(0, "email", [["x", "y", ""]])
        first, last = [await stage.upload(one) for one in replacing([broken, stage.people([9])])]
        assert (first.invalid, last.invalid) == (None, 2)

    # --- What Meta refuses -----------------------------------------------------------------------------------------

    async def test_one_row_above_the_cards_maximum_is_refused(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(Rejected):
            await stage.add(stage.people(range(stage.connector.card.max_rows + 1)))

    async def test_a_removal_from_a_small_audience_in_use_is_too_small(self, stage: Stage) -> None:
        await self.filled(stage, range(100))
        self.mark(stage, "in_use")
        with pytest.raises(TooSmall):
            await stage.remove(stage.naming(stage.people(range(10))))

    async def test_a_flagged_audience_says_what_to_do(self, stage: Stage) -> None:
        await self.filled(stage, range(200))
        self.mark(stage, "flagged")
        with pytest.raises(ActionNeeded) as refused:
            await stage.add(stage.people([1]))
        facts = await stage.connector.measure(stage.api, stage.target)
        assert refused.value.code == "META_UPLOAD_BLOCKED"
        assert (facts.ready, "Rename" in facts.problem, facts.codes["operation"]) == (False, True, 471)

    async def test_an_audience_with_lookalikes_is_not_deleted(self, stage: Stage) -> None:
        await stage.create()
        self.mark(stage, "has_lookalike")
        with pytest.raises(ActionNeeded, match="lookalike"):
            await stage.connector.delete(stage.api, stage.target)

    async def test_a_full_account_says_so(self, stage: Stage) -> None:
        self.configure(stage, audience_limit=1)
        await stage.create()
        with pytest.raises(ActionNeeded, match="at most 500"):
            await stage.create()

    async def test_missing_terms_lead_to_the_page_that_accepts_them(self, stage: Stage) -> None:
        self.configure(stage, terms_missing=["act_123456789"])
        with pytest.raises(ActionNeeded) as refused:
            await stage.create()
        assert "customaudiences/tos/?act=123456789" in refused.value.hint

    async def test_an_audience_filled_by_one_key_is_not_linkable_and_refuses_our_columns(self, stage: Stage) -> None:
        await stage.create()
        other = {"payload": {"schema": "EMAIL_SHA256", "data": ["a" * 64]}}
        await stage.api.post(f"{stage.target.remote_id}/users", other)  # type: ignore[arg-type]  # As others send it.
        found = await stage.connector.audiences(stage.api, self.account)
        with pytest.raises(Rejected) as refused:
            await stage.add(stage.people([1]))
        assert (found[0].linkable, refused.value.code) == (False, "META_SCHEMA_MISMATCH")

    async def test_an_expired_version_is_a_wrong_setting(self, stage: Stage) -> None:
        stage.api = replace(stage.api, base_url=stage.api.base_url.replace("v26.0", "v24.0"))
        with pytest.raises(SetupError, match="META_VERSION"):
            await stage.create()

    async def test_a_refusal_names_the_fields_and_shows_nothing_that_was_sent(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(3))
        key = rows["email"][1].as_py()
        stage.fail(f"poison:{key}")
        with pytest.raises(Rejected) as refused:
            await stage.add(rows)
        error = refused.value
        assert (error.details["fields"], error.details["about_rows"]) == (["payload.data"], True)
        assert error.details["trace"]
        assert key not in f"{error} {error.details}"

    # --- The app secret --------------------------------------------------------------------------------------------

    async def test_every_call_is_proven(self, stage: Stage) -> None:
        self.configure(stage, require_proof=True)
        await self.filled(stage, range(3))
        await stage.connector.inspect(stage.api)
        assert all("appsecret_proof=" in request.query for request in stage.requests())

    async def test_a_proof_of_the_moment_is_accepted(self, stage: Stage) -> None:
        self.configure(stage, require_proof=True)
        card = replace(stage.connector.card, options={"proof": "timed"})
        timed = type("TimedMeta", (type(stage.connector),), {"card": card})()
        stage.api = replace(stage.api, dialect=timed)
        await stage.create()
        assert "appsecret_time=" in stage.requests()[-1].query

    @pytest.mark.parametrize("secret", ["", "another"])
    async def test_a_missing_or_wrong_app_secret_is_a_wrong_setting(self, stage: Stage, secret: str) -> None:
        self.configure(stage, require_proof=True)
        stage.api = replace(stage.api, app_secret=secret)
        with pytest.raises(SetupError, match="META_APP_SECRET"):
            await stage.create()

    # --- Limits ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(("percent", "seconds"), [(74, None), (80, 2.0), (96, 300.0)])
    async def test_the_usage_headers_slow_everybody_down(
        self, stage: Stage, percent: int, seconds: float | None
    ) -> None:
        stage.fail(f"usage:{percent}")
        await stage.create()
        assert stage.limiter.pushed.get("meta:123456789") == seconds

    async def test_the_minutes_that_meta_names_are_kept(self, stage: Stage) -> None:
        stage.fail("rate_limited:7")
        with pytest.raises(RetryLater) as busy:
            await stage.create()
        assert (busy.value.after_seconds, stage.limiter.pushed) == (420, {"meta:123456789": 420})

    # --- Shapes ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("shape", ["session_id_as_int", "samples_as_list", "account_id_in_receipt"])
    async def test_every_recorded_shape_of_a_receipt_is_read(self, stage: Stage, shape: str) -> None:
        await stage.create()
        stage.fail(shape)
        receipt = await stage.add(stage.people(range(3)))
        assert (receipt.received, receipt.invalid, receipt.reference.isdecimal()) == (3, 0, True)

    async def test_a_removal_travels_in_a_body_and_not_in_the_address(self, stage: Stage) -> None:
        await self.filled(stage, range(3))
        await stage.remove(stage.naming(stage.people([1])))
        request = stage.requests("users")[-1]
        assert (request.method, "payload" in request.query) == ("DELETE", False)
        assert json.loads(request.body)["payload"]["schema"] == ["EMAIL", "PHONE", "MADID"]

    async def test_a_single_column_travels_as_a_list(self, stage: Stage) -> None:
        await stage.create()
        await stage.add(stage.people([1]).select(["email"]))
        assert json.loads(stage.requests("users")[-1].body)["payload"]["schema"] == ["EMAIL"]

    async def test_an_external_id_travels_only_when_the_rows_have_it(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people([1]).select(["email"])
        await stage.add(rows.append_column("external_id", [['cust-"42"\\']]))
        assert stage.held() == {("EMAIL", rows["email"][0].as_py()), ("EXTERN_ID", 'cust-"42"\\')}

    # --- Accounts --------------------------------------------------------------------------------------------------

    async def test_the_accounts_are_listed_with_what_people_know_them_by(self, stage: Stage) -> None:
        found = await stage.connector.accounts(stage.api)
        assert [(each.remote_id, each.name) for each in found] == [
            ("act_123456789", "Main Account"),
            ("act_987654321", "Secondary Account"),
            ("act_111222333", "Test Account"),
        ]
        assert (found[1].currency, found[1].timezone, found[1].business) == ("EUR", "Europe/Berlin", "Stratum Business")
        assert all(each.usable and not each.problem for each in found)

    async def test_accounts_on_later_pages_are_listed(self, stage: Stage) -> None:
        self.configure(stage, extra_accounts=250)
        found = await stage.connector.accounts(stage.api)
        assert len({each.remote_id for each in found}) == 253

    async def test_a_system_user_sees_its_accounts(self, stage: Stage) -> None:
        found = await stage.connector.accounts(stage.api.with_token("SANDBOX_SYSTEM_USER_TOKEN"))
        assert len(found) == 3

    async def test_a_disabled_account_is_not_usable_and_says_why(self, stage: Stage) -> None:
        self.configure(stage, disabled_accounts=["act_987654321"])
        found = (await stage.connector.accounts(stage.api))[1]
        assert (found.usable, found.status, "Account Quality" in found.problem) == (False, "disabled", True)

    async def test_an_account_without_terms_is_usable_and_says_what_is_missing(self, stage: Stage) -> None:
        self.configure(stage, terms_missing=["act_123456789"])
        found = (await stage.connector.accounts(stage.api))[0]
        assert found.usable
        assert "customaudiences/tos/?act=123456789" in found.problem

    async def test_the_prefix_of_an_account_makes_no_difference(self, stage: Stage) -> None:
        await stage.create()
        with_prefix = await stage.connector.audiences(stage.api, f"act_{self.account}")
        assert [each.remote_id for each in with_prefix] == [stage.target.remote_id]
