"""Members of Google's lists: what is asked for them, what is repaired, and what becomes of it later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from audience_sync.errors import Rejected, RetryLater, SetupError
from audience_sync.model.platforms import Action, Receipt
from audience_sync.sandbox.google import seeds
from tests.contract.claims import Claims
from tests.contract.google_stage import GoogleClaims, now, sent, with_options
from tests.contract.stage import Stage, batch

DAY = 86_400
NOBODY = pa.table({"email": pa.array([], pa.string())})


class TestMembers(Claims):
    """What is Google's own about members."""

    platform, token, account, app = GoogleClaims.platform, GoogleClaims.token, GoogleClaims.account, GoogleClaims.app
    addresses = GoogleClaims.addresses

    # --- What is asked ---------------------------------------------------------------------------------------------

    async def test_an_ingest_says_to_which_list_under_which_terms_and_with_whose_consent(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(["a"], "first_name", "last_name", "country", "postal_code")
        await stage.add(rows)
        cell = {name: rows[name][0].as_py() for name in rows.column_names}
        address = {
            "givenName": cell["first_name"],
            "familyName": cell["last_name"],
            "regionCode": "DE",
            "postalCode": "10115",
        }
        identifiers = [{"emailAddress": cell["email"]}, {"phoneNumber": cell["phone"]}, {"address": address}]
        assert sent(stage, "audienceMembers:ingest") == [
            {
                "destinations": [
                    {
                        "reference": "audience",
                        "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": seeds.MAIN},
                        "productDestinationId": stage.target.remote_id,
                    }
                ],
                "encoding": "HEX",
                "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
                "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"},
                "audienceMembers": [{"userData": {"userIdentifiers": identifiers}}],
            }
        ]

    async def test_a_removal_speaks_of_neither_consent_nor_terms(self, stage: Stage) -> None:
        await stage.create()
        await stage.remove(stage.naming(stage.people(["a"])))
        assert [sorted(body) for body in sent(stage, "audienceMembers:remove")] == [
            ["audienceMembers", "destinations", "encoding"]
        ]

    async def test_a_manager_is_named_where_the_account_is_reached_through_it(self, stage: Stage) -> None:
        stage.api = replace(stage.api.with_token(seeds.AGENT_TOKEN), via=seeds.MANAGER)
        await stage.create(holding=stage.people(["a"]))
        destination = sent(stage, "audienceMembers:ingest")[0]["destinations"][0]
        assert destination["loginAccount"] == {"accountType": "GOOGLE_ADS", "accountId": seeds.MANAGER}

    async def test_without_consent_google_refuses_people_of_the_eea_later(self, stage: Stage) -> None:
        nothing = "CONSENT_STATUS_UNSPECIFIED"
        with_options(stage, ad_user_data=nothing, ad_personalization=nothing)
        await stage.create()
        stage.sandbox.world.platforms["google"].mark(stage.target.remote_id, "eea", on=True)
        receipt = await stage.add(stage.people(range(5)))
        stage.settle()
        with pytest.raises(Rejected, match="No consent was sent"):
            await stage.check(receipt)

    async def test_with_consent_google_takes_people_of_the_eea(self, stage: Stage) -> None:
        await stage.create()
        stage.sandbox.world.platforms["google"].mark(stage.target.remote_id, "eea", on=True)
        receipt = await stage.add(stage.people(range(5)))
        stage.settle()
        assert await stage.check(receipt) == replace(receipt, settled=True)

    # --- What is repaired ------------------------------------------------------------------------------------------

    async def test_exactly_the_rows_that_google_blames_are_left_out(self, stage: Stage) -> None:
        await stage.create()
        rows = broken(stage.people(range(10)), {2: "x", 7: "x"})
        receipt = await stage.add(rows)
        kept = stage.keys_of(rows) - stage.keys_of(rows.take([2, 7]))
        assert (receipt.received, receipt.invalid, receipt.settled) == (10, 2, False)
        assert stage.held() == kept

    async def test_each_reason_is_told_once_in_words(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(broken(stage.people(range(5)), {0: "x", 1: "y", 2: "ab"}))
        assert receipt.samples == ("An identifier is no SHA-256 hash", "An identifier is not written in hex")

    async def test_long_paths_are_understood(self, stage: Stage) -> None:
        self.configure(stage, long_paths=True)
        await stage.create()
        receipt = await stage.add(broken(stage.people(range(5)), {3: "x"}))
        assert (receipt.received, receipt.invalid) == (5, 1)

    async def test_blame_that_comes_little_by_little_is_followed(self, stage: Stage) -> None:
        self.configure(stage, most_violations=2)
        await stage.create()
        receipt = await stage.add(broken(stage.people(range(20)), dict.fromkeys(range(7), "x")))
        assert (receipt.received, receipt.invalid, len(stage.requests("ingest"))) == (20, 7, 5)

    async def test_blame_without_end_leaves_the_rest_to_halving(self, stage: Stage) -> None:
        self.configure(stage, most_violations=1)
        await stage.create()
        with pytest.raises(Rejected) as refused:
            await stage.add(broken(stage.people(range(20)), dict.fromkeys(range(15), "x")))
        assert (refused.value.details["about_rows"], len(stage.requests("ingest"))) == (True, 11)

    async def test_blame_without_a_place_leaves_the_rest_to_halving(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        key = rows["email"][1].as_py()
        stage.fail(f"poison:{key}")
        stage.fail("unindexed")
        with pytest.raises(Rejected) as refused:
            await stage.add(rows)
        assert refused.value.details["about_rows"] is True
        assert "rows" not in refused.value.details
        assert key not in f"{refused.value} {refused.value.details}"

    async def test_a_batch_of_bad_rows_only_is_over_at_once(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(broken(stage.people(range(2)), {0: "x", 1: "x"}))
        assert replace(receipt, samples=()) == Receipt(received=2, invalid=2)

    async def test_a_list_of_another_kind_is_not_the_first_rows_fault(self, stage: Stage) -> None:
        """Google names the first member for it."""
        await stage.create()
        stage.sandbox.world.platforms["google"].state.lists[stage.target.remote_id].details["ingestedUserListInfo"] = {  # type: ignore[attr-defined]  # Of Google's own.
            "uploadKeyTypes": ["USER_ID"]
        }
        with pytest.raises(Rejected) as refused:
            await stage.add(stage.people(range(5)))
        assert refused.value.code == "GOOGLE_LIST_OF_ANOTHER_KIND"
        assert not refused.value.details.get("about_rows")

    async def test_a_repaired_batch_still_waits_for_its_status(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(broken(stage.people(range(5)), {3: "x"}))
        stage.settle()
        assert await stage.check(receipt) == replace(receipt, settled=True)

    # --- What becomes of it ----------------------------------------------------------------------------------------

    async def test_an_accepted_batch_is_not_settled_before_google_says_so(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(stage.people(range(5)))
        assert not receipt.settled
        assert not (await stage.check(receipt)).settled
        stage.settle()
        assert (await stage.check(receipt)).settled

    async def test_members_that_fail_later_are_counted_with_their_reasons(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("partial:NO_CONSENT")
        receipt = await stage.add(stage.people(range(100)))
        stage.settle()
        settled = await stage.check(receipt)
        assert settled.settled and 0 < (settled.invalid or 0) < 100
        assert settled.samples == ("No consent was sent for people in the European Economic Area",)

    async def test_members_that_fail_later_come_on_top_of_those_refused_at_once(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("partial", after=1)
        receipt = await stage.add(broken(stage.people(range(100)), {0: "x"}))
        stage.settle()
        settled = await stage.check(receipt)
        assert (receipt.invalid, len(settled.samples)) == (1, 2)
        assert (settled.invalid or 0) > 1

    @pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
    async def test_a_request_that_fails_later_is_refused_with_its_reason(self, stage: Stage, action: Action) -> None:
        await stage.create()
        stage.fail("fails:INVALID_FORMAT")
        receipt = await stage.upload(batch(action, stage.naming(stage.people(range(5)))))
        stage.settle()
        with pytest.raises(Rejected, match="could not read") as refused:
            await stage.check(receipt)
        assert (refused.value.code, refused.value.hint != "") == ("GOOGLE_REQUEST_FAILED", True)

    async def test_a_request_that_never_ends_stays_unsettled(self, stage: Stage) -> None:
        await stage.create()
        stage.sandbox.world.platforms["google"].mark(stage.target.remote_id, "never_settles", on=True)
        receipt = await stage.add(stage.people(range(5)))
        stage.settle()
        assert not (await stage.check(receipt)).settled

    async def test_one_open_request_of_several_leaves_the_receipt_open(self, stage: Stage) -> None:
        await stage.create()
        first = await stage.add(stage.people(range(5)))
        stage.settle()
        second = await stage.add(stage.people(range(5)))
        both = replace(first, reference=f"{first.reference},{second.reference}")
        assert not (await stage.check(both)).settled

    async def test_a_request_that_google_does_not_know_is_no_longer_asked_about(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(Rejected) as refused:
            await stage.check(Receipt(settled=False, reference="b5c2d4e0-0000-4000-8000-000000000000"))
        assert refused.value.code == "GOOGLE_STATUS_GONE"

    async def test_a_request_that_is_too_old_is_no_longer_asked_about(self, stage: Stage) -> None:
        await stage.create()
        receipt = await stage.add(stage.people(range(5)))
        stage.sandbox.world.clock.advance(51 * DAY)
        with pytest.raises(Rejected) as refused:
            await stage.check(receipt)
        assert refused.value.code == "GOOGLE_STATUS_GONE"

    async def test_a_settled_receipt_is_not_asked_about_again(self, stage: Stage) -> None:
        await stage.create()
        settled = Receipt(received=1, invalid=0)
        assert (await stage.check(settled), stage.requests("requestStatus")) == (settled, [])

    # --- Replacing: send all, wait, clear what is older ---------------------------------------------------------------

    async def test_a_clear_leaves_exactly_those_who_were_sent_since_the_run_began(self, stage: Stage) -> None:
        await stage.create(holding=stage.people(range(100)))
        self.later(stage, 600)
        begun = now(stage)
        wanted = stage.people(range(90, 110))
        added = await stage.add(wanted)
        self.later(stage, 600)
        assert (await stage.check(added)).settled
        cleared = await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=begun))
        self.later(stage, 600)
        assert (await stage.check(cleared)).settled
        assert stage.held() == stage.keys_of(wanted)

    async def test_a_clear_leaves_the_difference_of_the_clocks_out(self, stage: Stage) -> None:
        """Somebody sent just before our run began may have been sent after it, by Google's clock."""
        rows = stage.people(range(10))
        await stage.create(holding=rows)
        self.later(stage, 60)
        await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage)))
        self.later(stage, 60)
        assert stage.held() == stage.keys_of(rows)

    async def test_a_clear_names_its_time_in_utc(self, stage: Stage) -> None:
        await stage.create()
        begun = datetime(2026, 11, 24, 8, 0, 0, 500, UTC).astimezone(tz=None)
        await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=begun))
        assert [body["removeAsOfTime"] for body in sent(stage, "removeAll")] == ["2026-11-24T07:58:00.000500Z"]

    async def test_a_clear_that_fails_later_says_so(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("fails", path="removeAll")
        receipt = await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage)))
        stage.settle()
        with pytest.raises(Rejected, match="did not carry it out"):
            await stage.check(receipt)

    async def test_a_clock_that_is_ahead_is_a_wrong_setting(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(SetupError, match="CLOCK_MARGIN"):
            await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage) + timedelta(hours=1)))

    async def test_a_clear_of_a_run_that_has_not_begun_is_a_mistake_of_ours(self, stage: Stage) -> None:
        await stage.create()
        with pytest.raises(ValueError, match="began"):
            await stage.upload(batch(Action.CLEAR, NOBODY))
        assert stage.requests("removeAll") == []

    @pytest.mark.parametrize("fault", ["reset_after", "http500_html"])
    async def test_a_clear_whose_answer_was_lost_is_sent_again(self, stage: Stage, fault: str) -> None:
        await stage.create()
        stage.fail(fault, path="removeAll")
        assert (await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage)))).reference

    async def test_a_clear_that_stays_unanswered_asks_for_patience(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("http503", times=None, path="removeAll")
        with pytest.raises(RetryLater):
            await stage.upload(batch(Action.CLEAR, NOBODY, begun_at=now(stage)))

    def later(self, stage: Stage, seconds: float) -> None:
        stage.sandbox.world.clock.advance(seconds)


def broken(rows: pa.Table, cells: dict[int, str]) -> pa.Table:
    """The rows with other e-mails at some places."""
    emails = [cells.get(n, email) for n, email in enumerate(rows["email"].to_pylist())]
    return rows.set_column(0, "email", [emails])
