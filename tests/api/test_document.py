"""The OpenAPI document and the reference made of it."""

import re
from collections.abc import Iterator
from typing import Any

from audience_sync.api.application import create_api
from audience_sync.api.parts import PARTS
from audience_sync.api.words import TAGS, WORDS
from tests.api.conftest import Desk

DOCUMENT = create_api().openapi()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_every_operation_says_what_it_does() -> None:
    silent = [name for name, each in operations() if not (each["summary"] and each["description"] and each["tags"])]
    assert silent == []


def test_operation_ids_are_plain_and_unique() -> None:
    ids = [operation["operationId"] for _, operation in operations()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", each) for each in ids)


def test_every_guarded_operation_declares_its_refusals() -> None:
    bare = [
        name
        for name, each in operations()
        if "x-permission" in each and not {"401", "403", "422"} <= each["responses"].keys()
    ]
    assert bare == []


def test_every_field_and_parameter_is_explained() -> None:
    schemas = DOCUMENT["components"]["schemas"].items()
    fields = {f"{name}.{field}": shape for name, each in schemas for field, shape in each.get("properties", {}).items()}
    parameters = {f"{name} {each['name']}": each for name, op in operations() for each in op.get("parameters", ())}
    assert [name for name, each in (fields | parameters).items() if not each.get("description")] == []


def test_no_word_is_explained_that_is_not_used() -> None:
    schemas = DOCUMENT["components"]["schemas"].items()
    parts = {f"{name}.{field}" for name, each in schemas for field in each.get("properties", {})}
    words = {part.rpartition(".")[2] for part in parts}
    words |= {each["name"] for _, op in operations() for each in op.get("parameters", ())}
    assert (set(PARTS) - parts, set(WORDS) - words) == (set(), set())


def test_the_tags_are_those_that_are_used() -> None:
    assert {tag for _, operation in operations() for tag in operation["tags"]} == set(TAGS)


async def test_the_reference_shows_every_call(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        page = (await client.get("http://api/docs")).text
    assert [each["operationId"] for _, each in operations() if f'id="{each["operationId"]}"' not in page] == []


async def test_the_reference_fetches_nothing_of_others(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        page = (await client.get("http://api/docs")).text
        style = await client.get("http://api/docs/pages.css")
    assert re.findall(r'(?:src|href)="([^"#]+)"', page) == ["/docs/pages.css", "/openapi.json"]
    assert "<script" not in page
    assert "style=" not in page
    assert style.headers["content-type"].startswith("text/css")


async def test_links_of_the_reference_lead_somewhere(desk_alone: Desk) -> None:
    async with desk_alone.client("") as client:
        page = (await client.get("http://api/docs")).text
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
