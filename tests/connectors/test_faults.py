"""Which row of a card's table a fault meets, and what may be said of it."""

import pytest

from audience_sync.connectors.faults import Fault, Subject, error_of, redact, rule_of
from audience_sync.connectors.meta import CARD
from audience_sync.errors import ActionNeeded, AudienceGone, Rejected, RetryLater

AUDIENCE = Subject(account="123", audience="120210")


@pytest.mark.parametrize(
    ("code", "subcode", "name"),
    [
        (2650, 1870158, "META_REPLACE_TIMED_OUT"),
        (2650, 999, "META_SCHEMA_MISMATCH"),
        (2650, None, "META_SCHEMA_MISMATCH"),
        (613, 1487742, "META_ACCOUNT_LIMIT"),
        (613, None, "META_ABUSE_PREVENTION"),
        (4, 1504022, "META_APP_LIMIT"),
        (17, 2446079, "META_ACCOUNT_LIMIT"),
        (200, 1870092, "META_BUSINESS_TOOLS_TERMS"),
        (1870092, None, "META_BUSINESS_TOOLS_TERMS"),
        (368, 1404163, "META_ADVERTISER_BANNED"),
        (200, 999, "META_PERMISSION_DENIED"),
        (190, 999, "META_TOKEN_INVALID"),
    ],
)
def test_the_most_specific_row_wins(code: int, subcode: int | None, name: str) -> None:
    assert rule_of(CARD, Fault(code, subcode)).name == name


def test_an_unknown_fault_that_passes_is_retried() -> None:
    error = error_of(CARD, Fault(98765, transient=True), AUDIENCE)
    assert isinstance(error, RetryLater)
    assert (error.code, error.after_seconds) == ("META_BUSY", 60)


def test_an_unknown_fault_that_stays_is_told_in_the_platforms_words() -> None:
    error = error_of(CARD, Fault(98765, title="Your {account} is on hold"), AUDIENCE)
    assert isinstance(error, Rejected)
    assert "audience 120210 in ad account 123: Your {account} is on hold" in error.message


def test_the_platforms_own_wait_counts_when_it_is_longer() -> None:
    error = error_of(CARD, Fault(80003), AUDIENCE, after_seconds=1_200)
    assert isinstance(error, RetryLater)
    assert error.after_seconds == 1_200


def test_a_missing_ad_account_is_no_missing_audience() -> None:
    assert type(error_of(CARD, Fault(100, 33), AUDIENCE)) is AudienceGone
    assert type(error_of(CARD, Fault(100, 33), Subject(account="123"))) is ActionNeeded


def test_what_support_asks_for_is_kept() -> None:
    error = error_of(CARD, Fault(200, 1870090, trace="AbC"), AUDIENCE)
    assert error.details == {"code": 200, "subcode": 1870090, "trace": "AbC"}


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (Subject("123", "120210"), "audience 120210 in ad account 123"),
        (Subject("123", "120210", "Main Account"), "audience 120210 in Main Account"),
        (Subject("123"), "ad account 123"),
        (Subject(name="Main Account"), "Main Account"),
        (Subject(), "this connection"),
    ],
)
def test_a_subject_is_named_as_well_as_it_is_known(subject: Subject, words: str) -> None:
    assert str(subject) == words


@pytest.mark.parametrize(
    "secret",
    ["jane+x@example.com", "f1904cf1" * 8, "EAAB" + "x1" * 20, "+1 (555) 987-6543", "15559876543"],
)
def test_nothing_that_names_a_person_or_opens_a_door_is_repeated(secret: str) -> None:
    assert redact(f"Cannot read {secret} here") == "Cannot read […] here"


def test_ordinary_words_are_left_alone() -> None:
    text = "The ad account has reached 500 customer lists since 2025 (custom_audience_terms_of_service)."
    assert redact(text) == text
