"""Requests of others, as recorded: Meta's own SDK (26.0.3), and a peer's capture of the real API (v12, 2021)."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx2
import pytest

from audience_sync.sandbox.meta import seeds
from audience_sync.sandbox.meta.audience import Audience
from audience_sync.sandbox.meta.tokens import Token
from tests.sandbox.graph import Graph

MARY = "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"
PHONE = "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"
OTHER = "5ff860" + 54 * "0" + "0018"
BRIAN_EMAIL = "2e5b5d0a3c2f708e9cfc1eb6396c60814862229246a84697da56931761b8e6e7"
BRIAN = "f3fe5a51a2be8c6dc715028858fcba82ee021be7687e4f95b45086b8ffb1a23f"
PROOF = "a884e7d41282f5218fc7d1ffc2fcd27b0b4ffe53df7af7316644fc1f35f19632"
AUTH = f"access_token=EAAB_TOKEN&appsecret_proof={PROOF}"
ID = "120210000000000777"
SDK_HEADERS = {"user-agent": "fbbizsdk-python-v26.0.3", "accept": "*/*", "accept-encoding": "gzip, deflate"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ROWS = f'{{"data":[["{MARY}","{PHONE}"],["{OTHER}",""]],"schema":["EMAIL","PHONE"]}}'
RAW_ROWS = f'{{"data":[["{MARY}","{PHONE}"]],"is_raw":true,"schema":["EMAIL","PHONE"]}}'
SESSION = '{"batch_seq":1,"estimated_num_total":2,"last_batch_flag":true,"session_id":9778993}'
KEYS = {("EMAIL", MARY), ("EMAIL", OTHER), ("PHONE", PHONE)}


@pytest.fixture
async def recorded(graph: Graph) -> AsyncIterator[Graph]:
    """The pretend Meta with the app, the token, the account and the audience of the recording."""
    state = graph.meta.state
    now = state.clock.now()
    account = seeds.Account("1", "Recorded")
    state.apps["recorded-app"] = "APPSECRET"
    state.tokens["EAAB_TOKEN"] = Token("EAAB_TOKEN", seeds.USER, "recorded-app", {"ads_management": "granted"}, now)
    state.seeded[account.id] = account
    state.audiences[ID] = Audience(ID, "1", {"name": "VIP"}, now)
    yield graph


async def sdk(graph: Graph, method: str, target: str, body: str = "") -> httpx2.Response:
    headers = {**SDK_HEADERS, **(FORM if body else {})}
    answer = await graph.client.request(method, f"/meta/v26.0/{target}", headers=headers, content=body.encode())
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_sdk_lists_accounts_page_by_page(recorded: Graph) -> None:
    target = f"me/adaccounts?{AUTH}&limit=1&fields=id%2Cname%2Ccurrency%2Caccount_status%2Ctimezone_name&summary=true"
    first = (await sdk(recorded, "GET", target)).json()
    second = (await sdk(recorded, "GET", f"{target}&after={first['paging']['cursors']['after']}")).json()
    assert [page["data"][0]["name"] for page in (first, second)] == ["Main Account", "Secondary Account"]


async def test_the_sdk_creates_an_audience(recorded: Graph) -> None:
    body = (
        "name=VIP&subtype=CUSTOM&description=d&customer_file_source=USER_PROVIDED_ONLY"
        "&audience_labels=%5B%22HIGH_VALUE_CUSTOMERS%22%5D"
    )
    made = (await sdk(recorded, "POST", f"act_1/customaudiences?{AUTH}", body)).json()["id"]
    assert recorded.meta.state.audiences[made].details["audience_labels"] == ["HIGH_VALUE_CUSTOMERS"]


@pytest.mark.parametrize("edge", ["users", "usersreplace"])
async def test_the_sdk_uploads_with_a_session(recorded: Graph, edge: str) -> None:
    answer = await sdk(recorded, "POST", f"{ID}/{edge}?{AUTH}", urlencode({"payload": ROWS, "session": SESSION}))
    assert answer.json()["session_id"] == "9778993"
    assert recorded.keys(ID) == KEYS


async def test_the_sdks_shortcut_uploads_without_a_session(recorded: Graph) -> None:
    await sdk(recorded, "POST", f"{ID}/users?{AUTH}", urlencode({"payload": RAW_ROWS}))
    assert recorded.keys(ID) == {("EMAIL", MARY), ("PHONE", PHONE)}


async def test_the_sdk_removes_by_query(recorded: Graph) -> None:
    await sdk(recorded, "POST", f"{ID}/users?{AUTH}", urlencode({"payload": ROWS}))
    await sdk(recorded, "DELETE", f"{ID}/users?{AUTH}&{urlencode({'payload': ROWS, 'session': SESSION})}")
    assert recorded.keys(ID) == set()


async def test_the_sdk_reads_renames_and_deletes(recorded: Graph) -> None:
    fields = "id%2Cname%2Capproximate_count_lower_bound%2Capproximate_count_upper_bound"
    await sdk(recorded, "POST", f"{ID}/?{AUTH}", "name=VIP2")
    found = (await sdk(recorded, "GET", f"{ID}/?{AUTH}&fields={fields}")).json()
    await sdk(recorded, "DELETE", f"{ID}/?{AUTH}")
    assert found["name"] == "VIP2"
    assert ID not in recorded.meta.state.audiences


async def test_the_sdk_reads_sessions(recorded: Graph) -> None:
    await sdk(recorded, "POST", f"{ID}/users?{AUTH}", urlencode({"payload": ROWS, "session": SESSION}))
    found = (await sdk(recorded, "GET", f"{ID}/sessions?{AUTH}&summary=true")).json()
    assert found["data"][0]["num_received"] == "2"
    assert found["summary"] == {"total_count": 1}


async def test_the_guides_example_replaces_with_two_rows(graph: Graph) -> None:
    audience = await graph.create()
    schema = ["EXTERN_ID", "EMAIL", "PHONE", "FN", "LN", "COUNTRY"]
    rows = [["cust-42", MARY, PHONE, BRIAN, BRIAN, BRIAN], ["cust-43", OTHER, "", "", "", ""]]
    session = {
        "session_id": 8070450532247928832,
        "batch_seq": 1,
        "last_batch_flag": False,
        "estimated_num_total": 25000,
    }
    body = {"session": session, "payload": {"schema": schema, "data": rows}}
    answer = await graph.call("POST", f"{audience}/usersreplace", json=body)
    assert (answer.json()["session_id"], answer.json()["num_received"]) == ("8070450532247928832", 2)
    assert await graph.status(audience) == 414


@pytest.fixture
async def live(graph: Graph) -> Graph:
    """The pretend Meta as the peer met the real one: v12 still answers, and its account is there."""
    await graph.control("POST", "settings", {"platform": "meta", "oldest_version": 12})
    account = seeds.Account("542676646349772", "Peer")
    graph.meta.state.seeded[account.id] = account
    return graph


async def peer(graph: Graph, method: str, path: str, body: object = None) -> httpx2.Response:
    glue = "&" if "?" in path else "?"
    return await graph.client.request(method, f"/meta/v12.0/{path}{glue}access_token=SANDBOX_USER_TOKEN", json=body)


async def peers_audience(graph: Graph) -> httpx2.Response:
    body = {
        "name": "(test) Group 1",
        "subtype": "CUSTOM",
        "description": "…",
        "customer_file_source": "USER_PROVIDED_ONLY",
        "id": "act_542676646349772",
    }
    return await peer(graph, "POST", "act_542676646349772/customaudiences", body)


async def test_the_peer_creates_an_audience(live: Graph) -> None:
    answer = await peers_audience(live)
    usage = json.loads(answer.headers["x-business-use-case-usage"])
    assert answer.json().keys() == {"id"}
    assert usage["542676646349772"][0]["type"] == "custom_audience"


async def test_the_peer_adds_a_member(live: Graph) -> None:
    audience = (await peers_audience(live)).json()["id"]
    body = {"payload": {"schema": ["EMAIL", "FN"], "data": [[BRIAN_EMAIL, BRIAN]]}, "id": audience}
    answer = await peer(live, "POST", f"{audience}/users", body)
    found = answer.json()
    assert (found.pop("audience_id"), len(found.pop("session_id"))) == (audience, 19)
    assert found == {"num_received": 1, "num_invalid_entries": 0, "invalid_entry_samples": {}}
    assert answer.headers["facebook-api-version"] == "v12.0"


async def test_the_peer_removes_a_member_by_query(live: Graph) -> None:
    audience = (await peers_audience(live)).json()["id"]
    payload = {"schema": ["EMAIL"], "data": [[BRIAN_EMAIL]]}
    await peer(live, "POST", f"{audience}/users", {"payload": payload})
    answer = await peer(live, "DELETE", f"{audience}/users?{urlencode({'payload': json.dumps(payload)})}")
    assert answer.json()["num_received"] == 1
    assert live.keys(audience) == set()


async def test_the_peer_deletes_the_audience(live: Graph) -> None:
    audience = (await peers_audience(live)).json()["id"]
    assert (await peer(live, "DELETE", audience)).json() == {"success": True}


async def test_the_peer_lists_audiences(live: Graph) -> None:
    path = "act_542676646349772/customaudiences?fields=id%2Cname"
    assert (await peer(live, "GET", path)).json() == {"data": []}
    await peers_audience(live)
    found = (await peer(live, "GET", path)).json()
    assert [each["name"] for each in found["data"]] == ["(test) Group 1"]
    assert set(found["paging"]) == {"cursors"}
