"""The query language of the pretend Google Ads API."""

import pytest

from audience_sync.sandbox.google.adserrors import AdsError
from audience_sync.sandbox.google.gaql import Condition, parse


def test_a_query_is_read_clause_by_clause() -> None:
    query = parse(
        "select a.b , a.c\nFROM thing WHERE a.b >= 2 AND a.c IN ('x', \"y\") ORDER BY a.b DESC, a.c LIMIT 5 "
        "PARAMETERS include_drafts=true"
    )
    assert (query.fields, query.resource, query.limit) == (("a.b", "a.c"), "thing", 5)
    assert query.conditions == (Condition("a.b", ">=", ("2",)), Condition("a.c", "IN", ("x", "y")))
    assert query.order == (("a.b", True), ("a.c", False))


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ("f <= 5", 5, True),
        ("f < 10", 9, True),
        ("f = FALSE", False, True),
        ("f != TRUE", True, False),
        ("f = ENABLED", "ENABLED", True),
        ("f NOT IN (CANCELED, CLOSED)", "ENABLED", True),
        ("f LIKE '%shop%'", "The Shop DE", True),
        ("f NOT LIKE 'shop%'", "Shop", False),
        ("f = 'with AND inside'", "with AND inside", True),
    ],
)
def test_a_condition_compares_by_the_kind_of_the_field(condition: str, value: object, holds: bool) -> None:
    assert parse(f"SELECT f FROM t WHERE {condition}").conditions[0].holds(value) is holds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UPDATE customer", "EXPECTED_SELECT"),
        ("SELECT a.b", "UNEXPECTED_INPUT"),
        ("SELECT a FROM t LIMIT none", "BAD_LIMIT_VALUE"),
        ("SELECT a FROM t WHERE", "UNEXPECTED_INPUT"),
        ("SELECT a FROM t WHERE a = 1 OR b = 2", "EXPECTED_AND"),
        ("SELECT a FROM t WHERE a IN 1", "EXPECTED_LIST"),
        ("SELECT a FROM t WHERE a = (1, 2)", "EXPECTED_SINGLE_VALUE"),
        ("SELECT a FROM t ORDER BY a SIDEWAYS", "UNEXPECTED_INPUT"),
    ],
)
def test_what_is_no_query_is_refused(text: str, code: str) -> None:
    with pytest.raises(AdsError) as refused:
        parse(text)
    assert refused.value.code == code


@pytest.mark.parametrize(("value", "text", "code"), [(True, "maybe", "BAD_VALUE"), (5, "five", "BAD_NUMBER")])
def test_a_value_of_another_kind_is_refused(value: object, text: str, code: str) -> None:
    with pytest.raises(AdsError) as refused:
        Condition("f", "=", (text,)).holds(value)
    assert refused.value.code == code
