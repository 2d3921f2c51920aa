"""Pages written by hand: their links lead somewhere, their claims name real tests, their decisions are whole."""

import re
from pathlib import Path

import pytest
from tools.docs.commands import leaves
from tools.docs.pages import DOCS, ROOT

from tests.docs.pages import PAGES, anchors, links, text

LINKS = [pytest.param(page, link, id=f"{page.stem}:{link}") for page in PAGES for link in links(page)]
CLAIMS = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", text("promises.md"))))
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
TYPED = re.compile(r"^audience-sync ([a-z-]+(?: [a-z-]+)?)", re.MULTILINE)


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_a_link_leads_to_a_page_and_a_heading(page: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    assert target.is_file() and target.is_relative_to(ROOT)
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_relative_to(DOCS)], ids=lambda page: page.stem)
def test_a_page_can_be_reached_from_the_readme(page: Path) -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += [(here.parent / link.partition("#")[0]).resolve() for link in links(here) if link[0] != "#"]
            waiting = [each for each in waiting if each.suffix == ".md" and each.is_file()]
    assert page in reached


@pytest.mark.parametrize(("file", "name"), CLAIMS)
def test_a_promise_names_a_test_that_exists(file: str, name: str) -> None:
    source = (ROOT / file).read_text("utf-8")
    assert re.search(rf"\b(def|class) {name}\b", source)


def test_every_promise_names_tests() -> None:
    promises = [part for part in text("promises.md").split("\n## ") if part[:1].isdigit()]
    assert len(promises) == 4
    assert all("`tests/" in part for part in promises)


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts_on_one_page(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    parts = [line for line in lines if line.startswith("## ")]
    assert parts == ["## Context", "## Decision", "## Consequences", "## Alternatives"]
    assert len(lines) <= 60


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "start-here.md"], ids=lambda page: page.stem)
def test_a_command_that_is_shown_exists(page: Path) -> None:
    known = {leaf.name for leaf in leaves()}
    typed = set(TYPED.findall(page.read_text("utf-8")))
    assert {words for words in typed if words not in known and words.split()[0] not in known} == set()


def test_the_readme_names_its_two_commands() -> None:
    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", (ROOT / "README.md").read_text("utf-8")))
