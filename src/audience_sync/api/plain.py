"""A flow's view as the JSON that the API answers with."""

from typing import Any

from pydantic import TypeAdapter


def plain(view: object) -> Any:
    """Objects, lists, texts and numbers; times as RFC 3339 in UTC."""
    return TypeAdapter(type(view)).dump_python(view, mode="json")
