"""A value's way to its key is told step by step, and the example person is one that the vectors know."""

import hashlib

import pytest

from audience_sync.identity.example import COUNTRY, PERSON
from audience_sync.identity.explain import HASHED, Step
from audience_sync.model.identifiers import IdentifierKind
from tests.identity.raw import columns_under, explained
from tests.identity.test_vectors import OURS


def texts(steps: tuple[Step, ...]) -> list[str]:
    return [step.text for step in steps]


def test_the_steps_lead_from_the_value_to_the_key() -> None:
    [answer] = explained("email", " Mary@Example.com ")
    form = "mary@example.com"
    assert texts(answer.steps) == [
        " Mary@Example.com ",
        "Mary@Example.com",
        form,
        hashlib.sha256(form.encode()).hexdigest(),
    ]


def test_a_key_that_is_not_hashed_ends_at_its_normal_form() -> None:
    [answer] = explained("external_id", "cust-42")
    assert (texts(answer.steps), HASHED in [step.words for step in answer.steps]) == (["cust-42", "cust-42"], False)


def test_a_refused_value_ends_before_its_normal_form() -> None:
    [answer] = explained("phone", " 030 123456")
    assert (texts(answer.steps), answer.reason) == ([" 030 123456", "030 123456"], "no_country")


def test_a_phone_says_in_which_country_it_was_read() -> None:
    [answer] = explained("phone", "030 123456", "Germany")
    assert answer.steps[1].words.endswith("(read in DE)")


def test_a_digest_is_not_hashed_again() -> None:
    digest = hashlib.sha256(b"mary@example.com").hexdigest()
    [answer] = explained("email", digest.upper())
    assert texts(answer.steps) == [digest.upper(), digest]


def test_both_spellings_of_a_phone_are_told() -> None:
    answers = explained("phone", "+49 30 123456", rules="tiktok/1+phone=both")
    assert [answer.steps[1].text for answer in answers] == ["+4930123456", "4930123456"]


@pytest.mark.parametrize("rules", ["meta/1", "google/1", "tiktok/1", "snapchat/1", "linkedin/1"])
def test_the_example_person_is_in_the_platforms_vectors(rules: str) -> None:
    known = {(vector["rules"], vector["wire"], vector["value"], vector["normal_form"]) for vector in OURS}
    shown = {
        (rules, answer.wire, PERSON[kind], answer.normal_form)
        for kind in IdentifierKind
        if any(column.kind == kind for column in columns_under(rules))
        for answer in explained(kind, PERSON[kind], COUNTRY, rules=rules)
    }
    assert shown - known == set()
