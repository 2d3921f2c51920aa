"""LinkedIn's dialect: versioned Rest.li calls, errors by HTTP status, people as elements with a status each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.connectors.cards import load_card
from audience_sync.connectors.faults import ANY_CODE, Fault, Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.rows import BLANK, Texts, cells, filled, listed
from audience_sync.connectors.wire import NOTHING, Answer, Call, JsonObject, Turn
from audience_sync.model.identifiers import KeyColumn

CARD = load_card("linkedin")
RESTLI = "2.0.0"


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def turns(call: Call, _connection: str, options: Mapping[str, str]) -> list[Turn]:
    return [Turn(f"linkedin:{call.about.account or 'app'}", float(options["requests_per_second"]))]


def fault_in(answer: Answer) -> Fault | None:
    """The HTTP status decides, save for a login, which answers in the form of RFC 6749."""
    body = answer.body or {}
    if isinstance(body.get("error"), str):
        return Fault(str(body["error"]), title=redact(str(body.get("error_description", ""))))
    if answer.status < 400 or (answer.body is None and answer.status >= 500):
        return None
    status = "500" if answer.status >= 500 else str(answer.status)
    return Fault(ANY_CODE, status, trace=str(body.get("code", "")), title=redact(str(body.get("message", ""))))


def call_of(api: Api, method: str, path: str, about: Subject, *, word: str = "", **more: Any) -> Call:
    """A call of the version that is set; `word` is Rest.li's name for what a POST means."""
    asked = {"LinkedIn-Version": api.version, "X-Restli-Protocol-Version": RESTLI}
    return Call(method, path, about=about, headers={**asked, **({"X-RestLi-Method": word} if word else {})}, **more)


def json_of(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


async def accounts_page(api: Api, *, size: int, token: str = "") -> JsonObject:
    """A page of the ad accounts that the grant reaches."""
    asked = {"q": "search", "pageSize": str(size), **({"pageToken": token} if token else {})}
    return await api.send(call_of(api, "GET", "adAccounts", NOTHING, params=asked))


@dataclass(frozen=True, slots=True)
class Elements:
    """`{"elements":[…]}` with one element per person, and how many that is."""

    body: bytes
    count: int


def elements(rows: pa.Table, columns: Sequence[KeyColumn], action: str) -> Elements:
    table = filled(pa.table({column.name: cells(rows[column.name], column) for column in columns}))
    ids: list[Texts] = [_ids(table[column.name], column) for column in columns]
    every = pc.utf8_rtrim(pc.binary_join_element_wise(*ids, ""), ",")
    people: Texts = _around(every, f'{{"action":"{action}","userIds":[', "]}")
    return Elements(b"".join((b'{"elements":[', listed(people), b"]}")), len(people))


def _ids(values: Texts, column: KeyColumn) -> Texts:
    texts = pa.concat_arrays(values.chunks or [pa.array([], pa.string())])
    made = _around(texts, f'{{"idType":"{column.wire}","idValue":"', '"},')
    return pc.if_else(pc.equal(texts, BLANK), BLANK, made)


def _around(texts: Texts, before: str, after: str) -> Texts:
    return pc.binary_join_element_wise(pa.scalar(before), texts, pa.scalar(after), "")
