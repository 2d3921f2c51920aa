"""Settings, commands, errors and cards are all documented, and as the code has them."""

import re
from pathlib import Path

import pytest
from tools.docs.commands import Leaf, leaves
from tools.docs.found import SOURCE
from tools.docs.pages import ROOT, changed

from audience_sync.connectors.registry import CONNECTORS
from audience_sync.errors import AudienceSyncError
from audience_sync.settings import PREFIX, TEST_PREFIX, Settings
from tests.docs.pages import PAGES, text

FAULTS = sorted({rule.name for each in CONNECTORS.values() for rule in each.card.faults})
COLUMNS = [(name, column.wire) for name, each in CONNECTORS.items() for column in each.card.known_columns]


def classes(kind: type[AudienceSyncError] = AudienceSyncError) -> set[type[AudienceSyncError]]:
    return {kind}.union(*(classes(each) for each in kind.__subclasses__()))


def literal_codes() -> set[str]:
    """Every `code="..."` and `code = "..."` of the source, found without the generator."""
    sources = (path.read_text("utf-8") for path in SOURCE.rglob("*.py") if "sandbox" not in path.parts)
    return {code for source in sources for code in re.findall(r'\bcode ?= ?"([A-Z][A-Z_]+)"', source)}


def test_the_generated_pages_say_what_the_code_says() -> None:
    assert [str(path.relative_to(ROOT)) for path in changed()] == [], "run `make docs` and commit the pages"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{PREFIX}{name.upper()}` |" in text("settings.md")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_means(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("leaf", [pytest.param(leaf, id=leaf.name) for leaf in leaves()])
def test_every_command_is_documented_with_its_options(leaf: Leaf) -> None:
    part = text("commands.md").split(f"\n### {leaf.name}\n")[1].split("\n### ")[0]
    assert all(f"`{option}`" in part for each in leaf.command.params if not each.hidden for option in _long(each.opts))


def _long(names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("--")]


@pytest.mark.parametrize("code", sorted({each.code for each in classes()} | literal_codes()))
def test_every_error_of_ours_is_documented(code: str) -> None:
    assert f"| `{code}` |" in text("errors.md")


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_of_a_card_is_documented(code: str) -> None:
    assert f"| `{code}` |" in text("errors.md")


@pytest.mark.parametrize("platform", CONNECTORS)
def test_every_card_has_a_page_with_its_sources_and_date(platform: str) -> None:
    card, page = CONNECTORS[platform].card, text(f"platforms/{platform}.md")
    assert str(card.checked_on) in page
    assert all(source in page for source in card.sources)


@pytest.mark.parametrize(("platform", "column"), COLUMNS)
def test_every_column_of_a_card_is_documented(platform: str, column: str) -> None:
    assert f"| `{column}` |" in text(f"platforms/{platform}.md")


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_no_page_names_a_setting_that_there_is_not(page: Path) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = re.findall(rf"\b{PREFIX}[A-Z_]+\b", page.read_text("utf-8"))
    assert {name for name in named if not name.startswith(TEST_PREFIX)} <= known
