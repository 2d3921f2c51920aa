"""Segments as JSON: there and back, and mistakes told by their place."""

import pytest
from hypothesis import given, settings

from audience_sync.errors import Invalid
from audience_sync.model.rules import Rule
from audience_sync.model.segments import ListKind, ListSegment, RuleSegment, SqlSegment, parse_segment, to_json
from tests.sources.test_rules import RULES


@settings(max_examples=200)
@given(RULES)
def test_rules_survive_the_way_to_json_and_back(rule: Rule) -> None:
    assert parse_segment(to_json(RuleSegment(rule))) == RuleSegment(rule)


@pytest.mark.parametrize("segment", [SqlSegment("SELECT 1"), ListSegment("x", ListKind.PHONE, 3)])
def test_other_segments_do_too(segment: SqlSegment | ListSegment) -> None:
    assert parse_segment(to_json(segment)) == segment


MISTAKES = [
    (None, "segment is None"),
    ({"type": "magic"}, "type is 'magic'.*one of rules, sql, list"),
    ({"type": "sql", "sql": " "}, "sql is ' '"),
    ({"type": "sql", "sql": "SELECT 1", "rules": {}}, "rules is {}.*only type, sql"),
    ({"type": "list", "list": "x", "kind": "fax"}, "kind is 'fax'.*profile_id, email, phone"),
    ({"type": "rules", "rules": {}}, "rules is .*exactly one of all, any, not"),
    ({"type": "rules", "rules": {"all": [{"any": {}}]}}, r"rules\.all\[0\]\.any is {}"),
    ({"type": "rules", "rules": {"trait": "x", "op": "=", "value": 1}}, r"rules\.op is '='.*at_least"),
    ({"type": "rules", "rules": {"trait": "x", "op": "is"}}, r"rules\.value is None"),
    ({"type": "rules", "rules": {"trait": "x", "op": "exists", "value": 1}}, r"rules\.value is 1.*needs no value"),
    ({"type": "rules", "rules": {"trait": "x", "op": "between", "value": [1]}}, r"rules\.value is \[1\].*a pair"),
    ({"type": "rules", "rules": {"trait": "x", "op": "in", "value": [{}]}}, r"rules\.value\[0\] is {}"),
    ({"type": "rules", "rules": {"trait": "x", "op": "in_last_days", "value": 0}}, r"rules\.value is 0.*above 0"),
    ({"type": "rules", "rules": {"event": "x", "op": "contains"}}, r"rules\.op is 'contains'"),
    ({"type": "rules", "rules": {"event": "x", "value": "3"}}, r"rules\.value is '3'.*a number"),
    ({"type": "rules", "rules": {"event": "x", "where": [{"trait": "y"}]}}, r"rules\.where\[0\]\.trait"),
    ({"type": "rules", "rules": {"consent": "ads", "op": "maybe"}}, r"rules\.op is 'maybe'.*granted, denied, unknown"),
]


@pytest.mark.parametrize(("json", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_may_stand_there(json: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse_segment(json)


def test_a_tree_has_a_greatest_depth() -> None:
    rule: dict[str, object] = {"all": []}
    for _ in range(30):
        rule = {"not": rule}
    with pytest.raises(Invalid, match="20 deep"):
        parse_segment({"type": "rules", "rules": rule})
