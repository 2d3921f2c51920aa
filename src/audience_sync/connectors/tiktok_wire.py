"""TikTok's dialect: the envelope of every answer, the token's header, the app's rate limit."""

import json
import re
from collections.abc import Mapping
from typing import Any

from audience_sync.connectors.cards import load_card
from audience_sync.connectors.faults import ANY_CODE, Fault, Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.wire import Answer, Call, JsonObject, Turn

CARD = load_card("tiktok")
OK, PARTLY = 0, 20001
REFUSED_PARAMETER = 40002
SERVERS_FAULT = 50_000
"""Codes from here on are faults of TikTok's own."""
HALVABLE = frozenset({REFUSED_PARAMETER, 40011, 40061})
"""Refusals of a call that may be cured by sending fewer rows, or all but one."""
MEANINGS = {
    "scope": re.compile(r"\bscope\b", re.IGNORECASE),
    "replacing": re.compile(r"replace.*(in progress|under way|a day)", re.IGNORECASE),
    "not_editable": re.compile(r"not editable", re.IGNORECASE),
    "in_use": re.compile(r"\bin use\b", re.IGNORECASE),
    "too_small": re.compile(r"(fewer|less) than \S+ (users|people|rows)|minimum audience size", re.IGNORECASE),
}
"""Codes 40001 and 40002 mean many things; only their words tell these apart. The first that fits counts."""


def headers(token: str) -> dict[str, str]:
    return {"Access-Token": token}


def turns(_call: Call, _connection: str, options: Mapping[str, str]) -> list[Turn]:
    """TikTok counts per developer app, over all accounts and persons."""
    return [Turn("tiktok:app", float(options["requests_per_second"]))]


def fault_in(answer: Answer) -> Fault | None:
    """The code of the envelope decides, whatever the HTTP status. Only a wrong path is answered without one."""
    body = answer.body
    if body is None or "code" not in body:
        return Fault(ANY_CODE, str(answer.status)) if 400 <= answer.status < 500 else None
    code = int(body["code"])
    if code in (OK, PARTLY):
        return None
    said = str(body.get("message", ""))
    meaning = _meaning(code, said)
    return Fault(
        code=code,
        subcode=meaning,
        trace=str(body.get("request_id", "")),
        transient=code >= SERVERS_FAULT,
        title=redact(said),
        about_rows=code in HALVABLE and meaning is None,
    )


def _meaning(code: int, said: str) -> str | None:
    found = (name for name, words in MEANINGS.items() if words.search(said))
    return next(found, None) if code in (40001, REFUSED_PARAMETER) else None


def is_too_small(said: str) -> bool:
    """Whether TikTok's words say that too few people would have been left."""
    return MEANINGS["too_small"].search(said) is not None


async def ask(api: Api, path: str, about: Subject, **params: Any) -> JsonObject:
    """The data of the answer to a question. Lists travel as JSON text."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    return data_of(await api.send(Call("GET", path, texts, about=about)))


async def tell(
    api: Api, path: str, about: Subject, fields: Mapping[str, Any], *, repeatable: bool = True
) -> JsonObject:
    """The data of the answer to a change."""
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return data_of(await api.send(Call("POST", path, body=body, about=about, repeatable=repeatable)))


def data_of(body: JsonObject) -> JsonObject:
    return dict(body.get("data") or {})
