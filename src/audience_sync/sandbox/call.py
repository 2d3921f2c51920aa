"""One request as a pretend platform sees it, whatever encoding its parameters travelled in."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File


class Unreadable(ValueError):
    """A body or a parameter is not what its encoding promises."""


@dataclass(frozen=True)
class UploadedFile:
    """A file of a multipart body: its name as the caller gave it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """A request without its transport. `path` is relative to the platform's root, header names are lower-case.

    `faults` are the platform's own faults that strike this request: kind -> argument.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    root: str
    faults: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def params(self) -> dict[str, Any]:
        """Query and body parameters in one; the body wins. Form values are text, JSON values what they are."""
        return {**_urlencoded(self.query), **self._body[0]}

    @cached_property
    def files(self) -> dict[str, UploadedFile]:
        """The files of a multipart body by their field; `params` has their text."""
        return self._body[1]

    @cached_property
    def _body(self) -> tuple[dict[str, Any], dict[str, UploadedFile]]:
        return _read_body(self.headers.get("content-type", ""), self.body)

    def text(self, name: str, default: str = "") -> str:
        """The parameter as text; `default` where it is missing."""
        value = self.params.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def structure(self, name: str) -> Any:
        """The parameter as JSON, whether it came nested or as JSON text in a form; None where it is missing."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise Unreadable(f"{name} is not valid JSON") from error

    def whole(self, name: str, default: int) -> int:
        """The parameter as a whole number; `default` where it is missing."""
        try:
            return int(self.text(name) or default)
        except ValueError as error:
            raise Unreadable(f"{name} must be a whole number") from error

    @property
    def bearer(self) -> str:
        """The token of the Authorization header, or nothing."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


def _read_body(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, UploadedFile]]:
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}, {}
    if kind == "application/json":
        return _json_object(body), {}
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    return _urlencoded(body.decode("utf-8", "replace")), {}


def _urlencoded(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Unreadable("the body is not valid JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("the body is not a JSON object")
    return found


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, UploadedFile]]:
    params: dict[str, str] = {}
    files: dict[str, UploadedFile] = {}

    def on_field(part: Field) -> None:
        params[_text(part.field_name)] = _text(part.value)

    def on_file(part: File) -> None:
        part.file_object.seek(0)
        content = part.file_object.read()
        part.close()
        params[_text(part.field_name)] = _text(content)
        files[_text(part.field_name)] = UploadedFile(_text(part.file_name), content)

    try:
        parse_form({"Content-Type": content_type.encode()}, io.BytesIO(body), on_field, on_file)
    except FormParserError as error:
        raise Unreadable("the body is not valid multipart") from error
    return params, files


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
