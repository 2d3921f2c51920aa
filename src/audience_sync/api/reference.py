"""The reference of the API as one plain page, made from its OpenAPI document; nothing is fetched from anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from audience_sync.api.pages import STYLE, STYLE_PATH, page

routes = APIRouter(include_in_schema=False)
Json = Mapping[str, Any]
REF = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or field: `kind` in words, `link` to the schema it is made of, or empty."""

    name: str
    kind: str
    link: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that a call may end in."""

    status: str
    link: str
    words: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation, ready to be shown."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    parameters: tuple[Row, ...]
    body: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema, ready to be shown."""

    name: str
    words: str
    fields: tuple[Row, ...]
    values: str


@routes.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """Every call, every schema."""
    document = request.app.openapi()
    groups = {tag["name"]: (tag["description"], tuple(_calls(document, tag["name"]))) for tag in document["tags"]}
    shapes = tuple(_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    return page("reference.html", title=document["info"]["title"], info=document["info"], groups=groups, shapes=shapes)


@routes.get(STYLE_PATH)
async def style() -> Response:
    """The stylesheet of all pages of the API."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _calls(document: Json, tag: str) -> Iterator[Call]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                yield _call(path, method, operation)


def _call(path: str, method: str, operation: Json) -> Call:
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        words=operation["description"],
        parameters=tuple(
            _row(each["name"], each["schema"], required=each["required"], words=each["description"])
            for each in operation.get("parameters", ())
        ),
        body=_link(_content(operation.get("requestBody", {}))),
        answers=tuple(
            Answer(status, _link(_content(each)), each["description"])
            for status, each in sorted(operation["responses"].items())
        ),
    )


def _content(holder: Json) -> Json:
    shape: Json = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return shape


def _shape(name: str, schema: Json) -> Shape:
    required = schema.get("required", ())
    return Shape(
        name=name,
        words=schema.get("description", ""),
        fields=tuple(
            _row(field, shape, required=field in required, words=shape.get("description", ""))
            for field, shape in schema.get("properties", {}).items()
        ),
        values=", ".join(str(value) for value in schema.get("enum", ())),
    )


def _row(name: str, shape: Json, *, required: bool, words: str) -> Row:
    return Row(name, _kind(shape), _link(shape), required, words)


def _kind(shape: Json) -> str:
    """The type in words: `list of RunView`, `text or null`."""
    if "$ref" in shape:
        return str(shape["$ref"]).removeprefix(REF)
    if choices := shape.get("anyOf") or shape.get("allOf"):
        return " or ".join(_kind(each) for each in choices)
    match shape.get("type"):
        case "array":
            return f"list of {_kind(shape.get('items', {}))}"
        case "string":
            return {"date-time": "time"}.get(shape.get("format", ""), "text")
        case "object" if isinstance(shape.get("additionalProperties"), Mapping):
            return f"object of {_kind(shape['additionalProperties'])}"
        case None:
            return "anything"
        case other:
            return str(other)


def _link(shape: Json) -> str:
    """The name of the schema that the shape is, holds or may be; empty if none."""
    if "$ref" in shape:
        return str(shape["$ref"]).removeprefix(REF)
    inner = [*shape.get("anyOf", ()), *shape.get("allOf", ()), shape.get("items", {})]
    return next(filter(None, (_link(each) for each in inner if each)), "")
