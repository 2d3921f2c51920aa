"""Members of a TikTok audience: streamed as adds and deletes, or as files that take the place of the last ones."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from audience_sync.connectors import tiktok_rows
from audience_sync.connectors.faults import Subject, redact
from audience_sync.connectors.http import Api
from audience_sync.connectors.tiktok_state import MOMENT, Event, about, moment, state_of
from audience_sync.connectors.tiktok_wire import PARTLY, data_of, is_too_small, tell
from audience_sync.connectors.wire import Call, JsonObject
from audience_sync.errors import Rejected, RetryLater, TooSmall
from audience_sync.model.identifiers import IdentifierKind, KeyColumn
from audience_sync.model.platforms import Action, Batch, Receipt, Target

WAY, STREAMING, FILE = "way", "streaming", "file"
STREAMED = {Action.ADD: "add", Action.REMOVE: "delete"}
FILED = {Action.ADD: "APPEND", Action.REMOVE: "REMOVE", Action.REPLACE: "REPLACE"}
"""Always said: without a word TikTok replaces everybody."""
MULTIPLE = "MULTIPLE_TYPES"
MOST_FILES = 500
HEADERS = {
    IdentifierKind.EMAIL: "email_SHA256",
    IdentifierKind.PHONE: "phone_SHA256",
    IdentifierKind.MOBILE_AD_ID: "MAID_SHA256",
}
DUPLICATE = "TIKTOK_DUPLICATE"
PARTLY_WORDS = "TikTok calls this partly done."


def is_filed(choices: Mapping[str, str]) -> bool:
    """Whether an audience with these choices is kept equal by files."""
    return choices.get(WAY, STREAMING) == FILE


def prepare(_action: Action, _rows: pa.Table) -> None:
    """Nothing: what travels hangs on the audience's choices and on a setting, too."""


async def upload(api: Api, target: Target, batch: Batch) -> Receipt:
    """TikTok has received the batch. Whether it applies it is told later, in the audience's history: see `check`."""
    if is_filed(target.choices) or batch.action is Action.REPLACE:
        return await _upload_file(api, target, batch)
    table = tiktok_rows.streamed(batch.rows, _columns(api, batch), api.options["mobile_ids"])
    if table.num_rows == 0:
        return Receipt(received=0, invalid=0)
    samples: set[str] = set()
    for part in _parts(table, int(api.options["rows_per_request"])):
        samples |= await _stream(api, target, batch.action, part)
    return Receipt(received=table.num_rows, settled=False, reference=_since(batch), samples=tuple(samples))


async def check(api: Api, target: Target, receipt: Receipt) -> Receipt:
    """The receipt, settled; Rejected or TooSmall when TikTok says that it has failed since.

    What was streamed is applied unless TikTok says otherwise. Files are when the audience can be used again, or when
    its history has gone on.
    """
    if receipt.settled:
        return receipt
    state = await state_of(api, target)
    since = moment(receipt.reference) if receipt.reference else datetime.min.replace(tzinfo=UTC)
    failure = state.failure()
    if failure is not None and failure.at >= since:
        raise _failed(target, failure)
    if not is_filed(target.choices):
        return replace(receipt, settled=True)
    return replace(receipt, settled=state.is_valid or any(event.at >= since for event in state.history))


def _failed(target: Target, failure: Event) -> Rejected | TooSmall:
    said = redact(failure.said)
    if is_too_small(failure.said):
        return TooSmall(
            f"TikTok did not change {about(target)}. It said: {said}",
            "A list made of files must keep 1,000 people. Send a larger segment, or use the streaming way.",
            code="TIKTOK_AUDIENCE_TOO_SMALL",
        )
    return Rejected(
        f"TikTok took the change of {about(target)} in and then failed to apply it. It said: {said}",
        "Its keys stay in doubt and are sent again by the next sync.",
        code="TIKTOK_FAILED_LATER",
    )


async def _stream(api: Api, target: Target, action: Action, part: pa.Table) -> set[str]:
    """TikTok's reservations about one request, which adds or deletes people."""
    head = {"advertiser_ids": [target.account], "action": STREAMED[action], "id_schema": part.column_names}
    text = json.dumps(head, separators=(",", ":")).removesuffix("}").encode()
    body = b"".join((text, b',"batch_data":', tiktok_rows.people(part, target.remote_id), b"}"))
    try:
        answer = await api.send(Call("POST", "segment/mapping/", body=body, about=about(target)))
    except RetryLater as busy:
        # It has this very request already, from before an answer was lost.
        if busy.code == DUPLICATE:
            return set()
        raise
    return {PARTLY_WORDS} if answer.get("code") == PARTLY else set()


async def _upload_file(api: Api, target: Target, batch: Batch) -> Receipt:
    content, count = tiktok_rows.lines(batch.rows, _columns(api, batch), HEADERS)
    path = await _kept(api, target, content) if count else ""
    if batch.action is Action.REPLACE and not batch.last:
        # The last batch names this file; until then nothing has changed.
        return Receipt(received=count, reference=path)
    paths = [each for each in (*batch.references, path) if each]
    if batch.action is not Action.REPLACE and not paths:
        return Receipt(received=0, invalid=0)
    _check_files(target, paths)
    made = await _apply(api, target, batch, paths)
    return Receipt(received=count, settled=False, reference=_since(batch), remote_id=made)


async def _apply(api: Api, target: Target, batch: Batch, paths: list[str]) -> str:
    """The id of the audience that the files made; empty where there was one, which they change."""
    fields: dict[str, Any] = {"advertiser_id": target.account, "file_paths": paths}
    if target.remote_id:
        fields |= {"custom_audience_id": target.remote_id, "action": FILED[batch.action]}
        await tell(api, "dmp/custom_audience/update/", about(target), fields, repeatable=False)
        return ""
    fields |= {"custom_audience_name": batch.name, "calculate_type": MULTIPLE, "audience_sub_type": "NORMAL"}
    subject = Subject(account=target.account)
    made = await tell(api, "dmp/custom_audience/create/", subject, fields, repeatable=False)
    return str(made["custom_audience_id"])


async def _kept(api: Api, target: Target, content: bytes) -> str:
    """The path under which TikTok keeps the file, for this ad account and for a while."""
    fields = {
        "advertiser_id": target.account,
        "calculate_type": MULTIPLE,
        "file_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "file_name": "members.csv",
    }
    boundary = secrets.token_hex(16)
    call = Call(
        "POST",
        "dmp/custom_audience/file/upload/",
        body=_form(boundary, fields, content),
        media=f"multipart/form-data; boundary={boundary}",
        about=about(target),
    )
    answer: JsonObject = data_of(await api.send(call))
    return str(answer["file_path"])


def _form(boundary: str, fields: Mapping[str, str], content: bytes) -> bytes:
    """The fields and the file as the parts of a form (RFC 7578)."""
    named = 'Content-Disposition: form-data; name="{}"'
    parts = [f"--{boundary}\r\n{named.format(name)}\r\n\r\n{value}\r\n" for name, value in fields.items()]
    file = f'--{boundary}\r\n{named.format("file")}; filename="members.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return "".join([*parts, file]).encode() + content + f"\r\n--{boundary}--\r\n".encode()


def _check_files(target: Target, paths: list[str]) -> None:
    if not paths:
        raise Rejected(
            f"TikTok does not replace the members of {about(target)} by nobody.",
            "Delete the audience instead.",
            code="TIKTOK_REPLACE_EMPTY",
        )
    if len(paths) > MOST_FILES:
        raise Rejected(
            f"TikTok takes at most {MOST_FILES} files for {about(target)}, and these are {len(paths)}.",
            "Use the streaming way for a segment of this size.",
            code="TIKTOK_TOO_MANY_FILES",
        )


def _columns(api: Api, batch: Batch) -> list[KeyColumn]:
    there = set(batch.rows.column_names)
    return [column for column in api.dialect.card.known_columns if column.name in there]


def _parts(table: pa.Table, most: int) -> Iterator[pa.Table]:
    return (table.slice(start, most) for start in range(0, table.num_rows, most))


def _since(batch: Batch) -> str:
    """From when on a failure may be this run's; the same for all its batches, so that one question settles them."""
    return batch.begun_at.astimezone(UTC).strftime(MOMENT) if batch.begun_at else ""
