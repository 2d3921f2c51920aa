"""The made-up people: always the same, all of them fictional, and as many of each kind as the story tells."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from audience_sync.demo.changes import CHANGING, JOINING, LATER, WITHDRAWING, changes
from audience_sync.demo.people import DOMAINS, PEOPLE, SEED, SUBSCRIBERS, People, made_up
from audience_sync.demo.purchases import HIGH_VALUE, REVENUE, Purchases, bought
from audience_sync.demo.regions import REGIONS
from audience_sync.demo.sample import write_sample

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


@pytest.fixture(scope="module")
def people(rng: np.random.Generator) -> People:
    return made_up(rng)


@pytest.fixture(scope="module")
def history(rng: np.random.Generator, people: People) -> Purchases:
    return bought(rng, people)


def test_there_are_as_many_as_promised(people: People) -> None:
    assert len(set(people.ids)) == PEOPLE


def test_every_address_is_at_a_reserved_domain(people: People) -> None:
    domains = {text.strip().rpartition("@")[2].lower() for text in people.columns["email"] if "@" in text}
    assert domains == set(DOMAINS)


def test_every_address_is_plain_ascii(people: People) -> None:
    assert all(text.isascii() for text in people.columns["email"])


def test_every_number_is_of_a_range_set_aside_for_fiction(people: People) -> None:
    beginnings = {region.code: tuple(begin for begin, _ in region.ranges) for region in REGIONS}
    for text, country in zip(people.columns["phone"], people.columns["country"], strict=True):
        digits = re.sub(r"\D", "", text).lstrip("0")
        calling = next(region.calling for region in REGIONS if region.code == country)
        assert (
            not digits
            or digits.startswith(beginnings[country])
            or digits.removeprefix(calling).startswith(beginnings[country])
        )


def test_some_people_share_a_telephone(people: People) -> None:
    phones = [text for text in people.columns["phone"] if text.startswith("+")]
    assert len(set(phones)) < len(phones)


def test_exactly_so_many_are_high_value_customers(history: Purchases) -> None:
    assert history.members.sum() == HIGH_VALUE


def test_exactly_so_many_subscribed(people: People) -> None:
    assert people.columns["newsletter"].count("true") == SUBSCRIBERS


def test_whoever_leaves_is_a_member_who_can_be_sent(people: People, history: Purchases) -> None:
    assert history.members[history.leaving].all()
    assert people.sendable[history.leaving].all()


def test_nobody_changes_in_two_ways(people: People, history: Purchases) -> None:
    groups = changes(np.random.default_rng(1), people, history)
    everyone = np.concatenate([groups.joining.people, groups.later.people, groups.changing, groups.withdrawing])
    assert len(set(everyone)) == JOINING + LATER + CHANGING + WITHDRAWING


def test_whoever_joins_spends_enough(people: People, history: Purchases) -> None:
    joining = changes(np.random.default_rng(1), people, history).joining
    assert (history.revenue[joining.people] + joining.amounts >= REVENUE).all()


def test_the_files_are_always_the_same(tmp_path: Path) -> None:
    def digests(folder: Path) -> list[str]:
        write_sample(folder, NOW)
        return [sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())]

    assert digests(tmp_path / "one") == digests(tmp_path / "two")
