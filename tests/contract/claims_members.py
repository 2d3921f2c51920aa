"""The contract about members: after a batch the platform holds what it should, whatever happened on the way."""

import pyarrow as pa
import pytest

from audience_sync.connectors.http import UNREACHABLE
from audience_sync.errors import RetryLater
from audience_sync.identity.keys import keys
from audience_sync.model.platforms import Action
from audience_sync.model.profiles import RAW_SCHEMA
from tests.contract.claims import Claims
from tests.contract.stage import Stage, batch

LOST_ANSWERS = ["reset_after", "http500_after", "html200", "reset_before", "http500_html", "http503"]
RAW = {
    "profile_id": ["p1"],
    "email": [["Jane.Doe+News@Example.com"]],
    "phone": [["+1 (555) 987-6543"]],
    "first_name": ["Zoë-Käthe"],
    "last_name": ["O'Brien-Smythe"],
    "city": ["San Francisco"],
    "postal_code": ["90210-1234"],
    "country": ["US"],
}
NOBODY_SEES = [
    "jane.doe",
    "987-6543",
    "9876543",
    "example.com",
    "zoë",
    "zoëkäthe",
    "brien",
    "sanfrancisco",
    "san francisco",
    "90210",
]


class MemberClaims(Claims):
    """Adding and removing."""

    async def test_added_people_are_there(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        assert stage.held() == stage.keys_of(rows)

    async def test_removed_keys_are_gone_and_the_others_stay(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        leaving = stage.naming(rows.slice(0, 20))
        await stage.remove(leaving)
        assert stage.held() == stage.keys_of(rows) - stage.keys_of(leaving)

    async def test_adding_twice_changes_nothing(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        receipt = await stage.add(rows)
        assert (stage.held(), receipt.received) == (stage.keys_of(rows), self.counted(stage, rows))

    async def test_a_second_attempt_of_the_same_batch_changes_nothing(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(50))
        await stage.add(rows)
        receipt = await stage.add(rows, attempt=2)
        assert (stage.held(), receipt.received) == (stage.keys_of(rows), self.counted(stage, rows))

    async def test_removing_a_stranger_is_no_error(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(5))
        await stage.add(rows)
        await stage.remove(stage.naming(stage.people(["a stranger"])))
        assert stage.held() == stage.keys_of(rows)

    async def test_a_batch_of_the_cards_maximum_is_received(self, stage: Stage) -> None:
        await stage.create()
        rows = stage.people(range(stage.connector.card.max_rows))
        receipt = await stage.add(rows)
        assert receipt.received == self.counted(stage, rows)

    async def test_nothing_is_sent_for_nobody(self, stage: Stage) -> None:
        await stage.create()
        before = len(stage.requests())
        receipt = await stage.add(stage.people([]))
        assert (receipt.received, len(stage.requests())) == (0, before)

    async def test_no_raw_identifier_is_in_any_byte_of_any_request(self, stage: Stage) -> None:
        await stage.create()
        raw = pa.table({name: RAW.get(name, [None]) for name in RAW_SCHEMA.names}, schema=RAW_SCHEMA)
        card = stage.connector.card
        made = keys(raw, card.columns, rules=card.rules, default_country="US")
        await stage.add(pa.table({c.name: [_as_text(made[c.name][0].as_py(), c.hashed)] for c in card.columns}))
        sent = " ".join(f"{r.path} {r.query} {r.headers} {r.body!r}".lower() for r in stage.requests())
        assert len(stage.held()) == sum(column.kind in RAW for column in card.naming)
        assert [text for text in NOBODY_SEES if text in sent and text not in self.taken_plain] == []

    @pytest.mark.parametrize("fault", LOST_ANSWERS)
    @pytest.mark.parametrize("action", [Action.ADD, Action.REMOVE])
    async def test_a_lost_answer_to_a_batch_is_made_up_for(self, stage: Stage, fault: str, action: Action) -> None:
        await stage.create()
        rows = stage.people(range(10))
        await stage.add(rows)
        stage.fail(fault, times=2, path=self.members_path)
        changed = stage.naming(rows) if action is Action.REMOVE else stage.people(range(20))
        await stage.upload(batch(action, changed))
        wanted = stage.keys_of(rows) - stage.keys_of(changed) if action is Action.REMOVE else stage.keys_of(changed)
        assert stage.held() == wanted

    async def test_a_platform_that_stays_silent_asks_for_patience(self, stage: Stage) -> None:
        await stage.create()
        stage.fail("http500_html", times=None)
        with pytest.raises(RetryLater) as refused:
            await stage.add(stage.people(range(5)))
        assert (refused.value.code, len(stage.requests(self.members_path))) == (UNREACHABLE, 4)


def _as_text(key: object, hashed: bool) -> str:
    first = key[0] if isinstance(key, list) and key else key
    if not isinstance(first, bytes):
        return ""
    return first.hex() if hashed else first.decode()
