"""The OpenAPI document, completed: who may make each call, and what each field means."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from audience_sync.api.access import Require
from audience_sync.api.failures import BodyTooLarge, Malformed, problems
from audience_sync.api.parts import PARTS
from audience_sync.api.words import TAGS, WORDS
from audience_sync.model.permissions import Permission

Json = dict[str, Any]
UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI declares them wherever there is a parameter; our validation failures have our shape."""


def permission_of(route: RouteContext) -> Permission | None:
    """The permission that the route asks for; None if it is open."""
    needed = (each.call for each in route.dependant.dependencies)
    return next((call.permission for call in needed if isinstance(call, Require)), None)


def completed(document: Json, routes: Sequence[BaseRoute]) -> Json:
    """The document with permissions on its operations and words on its fields."""
    for route, operation in _operations(document, routes):
        permission = permission_of(route)
        if permission:
            operation["x-permission"] = str(permission)
            operation["description"] = f"{operation['description']}\n\nNeeds `{permission}`."
        if "requestBody" in operation:
            operation["responses"] |= _of_bodies()
        for parameter in operation.get("parameters", ()):
            parameter.setdefault("description", WORDS.get(parameter["name"], ""))
    schemas = document["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    for name, schema in schemas.items():
        _tell(name, schema)
    document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    return document


def _of_bodies() -> Json:
    """How reading a body can fail, whatever the route."""
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
    declared = problems(Malformed, BodyTooLarge).items()
    return {str(status): {"description": each["description"], "content": shape} for status, each in declared}


def _operations(document: Json, routes: Sequence[BaseRoute]) -> Iterator[tuple[RouteContext, Json]]:
    for route in iter_route_contexts(routes):
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                yield route, operation


def _tell(name: str, schema: Json) -> None:
    """A field of several meanings is told by its schema's name and its own, any other by its own."""
    for field, shape in schema.get("properties", {}).items():
        shape.pop("title", None)
        words = PARTS.get(f"{name}.{field}") or WORDS.get(field)
        if words:
            shape.setdefault("description", words)
