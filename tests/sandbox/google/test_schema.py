"""How the pretend Google reads and writes JSON."""

from typing import Any

import pytest

from audience_sync.sandbox.google.errors import BadJson
from audience_sync.sandbox.google.schema import (
    BOOL,
    INT32,
    INT64,
    STRING,
    Many,
    Message,
    camel,
    enum,
    read,
    shown,
    snake,
)

COLOUR = enum("Colour", "UNSPECIFIED", "RED", BLUE=7)
INNER = Message({"some_text": STRING, "a_colour": COLOUR})
OUTER = Message({"inner": INNER, "many_inner": Many(INNER), "a_count": INT64, "a_number": INT32, "is_on": BOOL})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a_count": 5}, {"aCount": "5"}),
        ({"aCount": "5"}, {"aCount": "5"}),
        ({"aNumber": "5"}, {"aNumber": 5}),
        ({"isOn": "true"}, {"isOn": True}),
        ({"inner": None}, {}),
        ({"inner": {"some_text": "x", "aColour": 7}}, {"inner": {"someText": "x", "aColour": "BLUE"}}),
        ({"manyInner": [{"aColour": "1"}, {}]}, {"manyInner": [{"aColour": "RED"}, {}]}),
    ],
)
def test_a_message_is_read_into_one_form(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert read(OUTER, given) == expected


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], ""),
        ({"manyInner": {}}, "many_inner"),
        ({"manyInner": [{}, {"aColour": 3}]}, "many_inner[1].a_colour"),
        ({"inner": {"aColour": True}}, "inner.a_colour"),
        ({"aCount": True}, "a_count"),
        ({"aCount": 1.5}, "a_count"),
        ({"isOn": 1}, "is_on"),
        ({"inner": "x"}, "inner"),
    ],
)
def test_what_does_not_fit_is_named(given: Any, field: str) -> None:
    with pytest.raises(BadJson) as refused:
        read(OUTER, given)
    assert refused.value.field == field


def test_an_answer_is_written_as_the_caller_wants_it() -> None:
    value = {"aCount": "0", "isOn": False, "manyInner": [{"aColour": "BLUE", "someText": "0"}]}
    assert shown(OUTER, value, numbers=True, sparse=True) == {"manyInner": [{"aColour": 7, "someText": "0"}]}
    assert shown(OUTER, value, numbers=False, sparse=False) == value


@pytest.mark.parametrize(("snake_name", "camel_name"), [("display_name", "displayName"), ("id", "id")])
def test_a_name_has_two_spellings(snake_name: str, camel_name: str) -> None:
    assert (camel(snake_name), snake(camel_name), snake(snake_name)) == (camel_name, snake_name, snake_name)
