"""Every card can be acted upon, and says where its facts come from."""

from collections import Counter
from string import Formatter

import pytest

from audience_sync import errors
from audience_sync.connectors.registry import CONNECTORS, connector_of
from audience_sync.model.cards import PlatformCard

CARDS = pytest.mark.parametrize("card", [each.card for each in CONNECTORS.values()], ids=lambda card: card.id)


@CARDS
def test_a_card_is_filed_under_its_id(card: PlatformCard) -> None:
    assert connector_of(card.id).card is card


@CARDS
def test_every_source_is_a_page_and_was_read(card: PlatformCard) -> None:
    assert card.sources
    assert all(source.startswith("https://") for source in card.sources)
    assert card.checked_on.isoformat() >= "2026-11-24"


@CARDS
def test_no_two_faults_claim_the_same_number(card: PlatformCard) -> None:
    numbers = Counter((rule.code, rule.subcode) for rule in card.faults)
    assert [number for number, times in numbers.items() if times > 1] == []


@CARDS
def test_every_fault_says_what_happened_to_what_and_the_way_out(card: PlatformCard) -> None:
    for rule in card.faults:
        assert rule.message.endswith(".") and rule.hint.endswith("."), rule
        assert _placeholders(rule.message + rule.hint) <= {"subject", "terms_link"}, rule


@CARDS
def test_every_fault_has_a_code_of_its_platform(card: PlatformCard) -> None:
    assert [rule.name for rule in card.faults if not rule.name.startswith(f"{card.id.upper()}_")] == []


@CARDS
def test_exactly_the_faults_that_pass_say_how_long_to_wait(card: PlatformCard) -> None:
    waits = {rule.name for rule in card.faults if rule.after_seconds > 0}
    assert waits == {rule.name for rule in card.faults if rule.kind == errors.RetryLater.__name__}


@CARDS
def test_a_code_always_has_the_same_class(card: PlatformCard) -> None:
    kinds = {(rule.name, rule.kind) for rule in card.faults}
    assert len({name for name, _ in kinds}) == len(kinds)


@CARDS
def test_nothing_raw_leaves_by_default(card: PlatformCard) -> None:
    """A device makes its mobile ad id up, Google takes places, which name nobody, as they are; the rest is hashed."""
    raw = [column.kind for column in card.columns if not column.hashed]
    assert set(raw) <= {"mobile_ad_id", "country", "postal_code"}


@CARDS
def test_every_link_leads_to_an_account(card: PlatformCard) -> None:
    assert {"account"} <= _placeholders(card.audience_link) <= {"account", "audience"}
    assert _placeholders(card.terms_link) <= {"account"}


def test_an_unknown_platform_is_named_with_those_that_there_are() -> None:
    with pytest.raises(errors.NotFound, match="Platforms: meta"):
        connector_of("myspace")


def test_metas_columns_are_those_of_its_schema() -> None:
    card = connector_of("meta").card
    assert [column.wire for column in card.known_columns] == [
        *("EMAIL", "PHONE", "MADID", "FN", "LN", "CT", "ST", "ZIP", "COUNTRY", "GEN", "DOBY", "DOBM", "DOBD"),
        "EXTERN_ID",
    ]


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
